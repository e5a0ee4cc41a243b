"""Addresses of tutoring: the learner's page and the REST API."""

from django.urls import include, path

from metaedu_plugin.tutoring import pages
from metaedu_plugin.tutoring.rest import schema

app_name = "metaedu_tutoring"
urlpatterns = [
    path("api/schema/", schema.view, name="schema"),
    path("api/v1/courses/<str:course>/", include("metaedu_plugin.tutoring.rest.urls")),
    path("learn/<str:course>/", pages.learn, name="learn"),
    path("learn/<str:course>/dismiss", pages.dismiss, name="dismiss"),
]
