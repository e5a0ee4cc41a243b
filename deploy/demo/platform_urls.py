"""Addresses of the demo platform itself."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
