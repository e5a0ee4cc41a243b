"""Addresses of registry."""

from django.urls import path

from metaedu_plugin.registry.operator.rest import StatusView
from metaedu_plugin.registry.operator.views import act, operator

app_name = "metaedu_registry"
urlpatterns = [
    path("operator/", operator, name="operator"),
    path("operator/<slug:name>/", act, name="act"),
    path("api/v1/operator/status", StatusView.as_view(), name="status"),
]
