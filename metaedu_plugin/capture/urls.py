"""Addresses of capture."""

from django.urls import path

from metaedu_plugin.capture import xapi

app_name = "metaedu_capture"
urlpatterns = [
    path("api/v1/xapi/statements", xapi.statements, name="xapi_statements"),
]
