"""Addresses of registry."""

from django.urls import URLPattern

app_name = "metaedu_registry"
urlpatterns: list[URLPattern] = []
