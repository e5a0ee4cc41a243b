"""The demo platform's addresses: its own pages, and the plugin's."""

from django.urls import include, path

urlpatterns = [
    path("metaedu/", include("metaedu_plugin.capture.urls")),
    path("metaedu/", include("metaedu_plugin.registry.urls")),
    path("metaedu/", include("metaedu_plugin.tutoring.urls")),
    path("metaedu/", include("metaedu_plugin.insights.urls")),
    path("", include("deploy.demo.platform_urls")),
]
