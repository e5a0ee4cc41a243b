"""The XBlock workbench before the demo platform, which has the plugin's pages and API."""

from workbench.urls import urlpatterns as workbench

from deploy.demo.urls import urlpatterns as demo

urlpatterns = [*workbench, *demo]
