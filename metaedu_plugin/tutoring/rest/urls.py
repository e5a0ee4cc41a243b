"""Version 1 of the REST API."""

from django.urls import path

from metaedu_plugin.tutoring.rest import privacy, views

urlpatterns = [
    path("feedback", views.FeedbackView.as_view(), name="feedback"),
    path("next", views.NextView.as_view(), name="next"),
    path("actions", views.ActionView.as_view(), name="actions"),
    path("plan", views.PlanView.as_view(), name="plan"),
    path("mastery", views.MasteryView.as_view(), name="mastery"),
    path("explain", views.ExplainView.as_view(), name="explain"),
    path("choice", privacy.ChoiceView.as_view(), name="choice"),
]
