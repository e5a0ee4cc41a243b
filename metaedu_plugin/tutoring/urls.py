"""Addresses of tutoring: the learner's page and the REST API."""

from django.urls import include, path

from metaedu_plugin.tutoring import pages, privacy_pages, taking_part
from metaedu_plugin.tutoring.rest import privacy, schema

app_name = "metaedu_tutoring"
urlpatterns = [
    path("api/schema/", schema.view, name="schema"),
    path("api/v1/courses/<str:course>/", include("metaedu_plugin.tutoring.rest.urls")),
    path("api/v1/me", privacy.OwnDataView.as_view(), name="own-data"),
    path("learn/<str:course>/", pages.learn, name="learn"),
    path("learn/<str:course>/plan.ics", pages.calendar, name="calendar"),
    path("learn/<str:course>/map", pages.my_map, name="map"),
    path("learn/<str:course>/mine", privacy_pages.my_data, name="mine"),
    path("learn/<str:course>/shown", privacy_pages.my_past, name="shown"),
    path("learn/<str:course>/delete", privacy_pages.delete, name="delete"),
    path("learn/<str:course>/choice", privacy_pages.choose, name="choose"),
    path("learn/<str:course>/dismiss", pages.dismiss, name="dismiss"),
    path("learn/<str:course>/leave", taking_part.leave, name="leave"),
]
