"""Addresses of insights."""

from django.urls import path

from metaedu_plugin.insights import views
from metaedu_plugin.insights.pages.digest import Digest, StopDigest
from metaedu_plugin.insights.pages.experiment import ExperimentDownload, ExperimentPage
from metaedu_plugin.insights.pages.item import ItemPage
from metaedu_plugin.insights.pages.learner import LearnerPage
from metaedu_plugin.insights.pages.message import Message
from metaedu_plugin.insights.pages.reading import AddReading
from metaedu_plugin.insights.pages.right import CalibrationDownload, FairnessDownload, RightPage
from metaedu_plugin.insights.rest import views as rest
from metaedu_plugin.insights.rest.experiment import ExperimentView
from metaedu_plugin.insights.rest.right import RightView

app_name = "metaedu_insights"
PAGE = "insights/<str:course>/"
API = "api/v1/courses/<str:course>/insights/"
urlpatterns = [
    path(PAGE, views.Page.as_view(), name="page"),
    path(f"{PAGE}learners/", views.Learners.as_view(), name="learners"),
    *(
        path(f"{PAGE}{view.name}.{form}", view.as_view(form=form), name=f"{view.name}-{form}")
        for view in (
            views.ItemsDownload,
            views.SkillsDownload,
            views.LearnersDownload,
            CalibrationDownload,
            FairnessDownload,
        )
        for form in views.Download.FORMS
    ),
    path(f"{PAGE}learners/<str:learner>/", LearnerPage.as_view(), name="learner"),
    path(f"{PAGE}item/", ItemPage.as_view(), name="item"),
    path(f"{PAGE}message/", Message.as_view(), name="message"),
    path(f"{PAGE}reading/", AddReading.as_view(), name="add-reading"),
    path(f"{PAGE}right/", RightPage.as_view(), name="right"),
    path(f"{PAGE}experiment/", ExperimentPage.as_view(), name="experiment"),
    path(f"{PAGE}experiment.csv", ExperimentDownload.as_view(), name="experiment-csv"),
    path(f"{PAGE}digest/", Digest.as_view(), name="digest"),
    path("digest/stop/<str:token>/", StopDigest.as_view(), name="stop-digest"),
    path(f"{API}findings/", rest.FindingsView.as_view(), name="findings"),
    path(f"{API}decisions/", rest.DecisionView.as_view(), name="decisions"),
    path(f"{API}items/", rest.ItemsView.as_view(), name="items"),
    path(f"{API}skills/", rest.SkillsView.as_view(), name="skills"),
    path(f"{API}learning-curves/", rest.LearningCurvesView.as_view(), name="learning-curves"),
    path(f"{API}right/", RightView.as_view(), name="right-told"),
    path(f"{API}mastery-map/", rest.MasteryMapView.as_view(), name="mastery-map"),
    path(f"{API}experiment/", ExperimentView.as_view(), name="experiments"),
]
