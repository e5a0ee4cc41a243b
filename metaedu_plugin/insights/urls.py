"""Addresses of insights."""

from django.urls import URLPattern

app_name = "metaedu_insights"
urlpatterns: list[URLPattern] = []
