"""Addresses of tutoring."""

from django.urls import URLPattern

app_name = "metaedu_tutoring"
urlpatterns: list[URLPattern] = []
