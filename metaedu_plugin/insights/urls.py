"""Addresses of insights."""

from django.urls import path

from metaedu_plugin.insights import views
from metaedu_plugin.insights.rest import views as rest

app_name = "metaedu_insights"
PAGE = "insights/<str:course>/"
API = "api/v1/courses/<str:course>/insights/"
urlpatterns = [
    path(PAGE, views.Page.as_view(), name="page"),
    path(f"{PAGE}items.csv", views.ItemsDownload.as_view(), name="items-csv"),
    path(f"{PAGE}skills.csv", views.SkillsDownload.as_view(), name="skills-csv"),
    path(f"{PAGE}learners.csv", views.LearnersDownload.as_view(), name="learners-csv"),
    path(f"{API}findings/", rest.FindingsView.as_view(), name="findings"),
    path(f"{API}decisions/", rest.DecisionView.as_view(), name="decisions"),
    path(f"{API}items/", rest.ItemsView.as_view(), name="items"),
    path(f"{API}skills/", rest.SkillsView.as_view(), name="skills"),
    path(f"{API}learning-curves/", rest.LearningCurvesView.as_view(), name="learning-curves"),
    path(f"{API}mastery-map/", rest.MasteryMapView.as_view(), name="mastery-map"),
]
