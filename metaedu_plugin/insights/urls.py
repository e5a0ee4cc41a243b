"""Addresses of insights."""

from django.urls import path

from metaedu_plugin.insights import views
from metaedu_plugin.insights.downloads.catalogue import DOWNLOADS
from metaedu_plugin.insights.pages.data import DataPage, DownloadView, EverythingView
from metaedu_plugin.insights.pages.digest import Digest, StopDigest
from metaedu_plugin.insights.pages.experiment import ExperimentPage
from metaedu_plugin.insights.pages.item import ItemPage
from metaedu_plugin.insights.pages.learner import LearnerPage
from metaedu_plugin.insights.pages.message import Message
from metaedu_plugin.insights.pages.prerequisites import PrerequisitesPage
from metaedu_plugin.insights.pages.preview import PreviewPage
from metaedu_plugin.insights.pages.reading import AddReading
from metaedu_plugin.insights.pages.right import RightPage
from metaedu_plugin.insights.pages.settings import SettingsPage
from metaedu_plugin.insights.rest import views as rest
from metaedu_plugin.insights.rest.experiment import ExperimentView
from metaedu_plugin.insights.rest.preview import PreviewView
from metaedu_plugin.insights.rest.right import RightView
from metaedu_plugin.insights.rest.runs import RunsView
from metaedu_plugin.insights.rest.settings import SettingsPreviewView, SettingsView
from metaedu_plugin.insights.rest.teaching import FaultyView, PrerequisitesView, ReadingView, TagsView

app_name = "metaedu_insights"
PAGE = "insights/<str:course>/"
API = "api/v1/courses/<str:course>/insights/"
urlpatterns = [
    path(PAGE, views.Page.as_view(), name="page"),
    path(f"{PAGE}learners/", views.Learners.as_view(), name="learners"),
    path(f"{PAGE}data/", DataPage.as_view(), name="data"),
    path(f"{PAGE}data.zip", EverythingView.as_view(), name="everything"),
    *(
        path(
            f"{PAGE}{one.name}.{form}",
            DownloadView.as_view(),
            {"name": one.name, "form": form},
            name=f"{one.name}-{form}",
        )
        for one in DOWNLOADS
        for form in DownloadView.FORMS
    ),
    path(f"{PAGE}learners/<str:learner>/", LearnerPage.as_view(), name="learner"),
    path(f"{PAGE}item/", ItemPage.as_view(), name="item"),
    path(f"{PAGE}message/", Message.as_view(), name="message"),
    path(f"{PAGE}settings/", SettingsPage.as_view(), name="settings"),
    path(f"{PAGE}preview/", PreviewPage.as_view(), name="preview"),
    path(f"{PAGE}reading/", AddReading.as_view(), name="add-reading"),
    path(f"{PAGE}prerequisites/", PrerequisitesPage.as_view(), name="prerequisites"),
    path(f"{PAGE}right/", RightPage.as_view(), name="right"),
    path(f"{PAGE}experiment/", ExperimentPage.as_view(), name="experiment"),
    path(f"{PAGE}digest/", Digest.as_view(), name="digest"),
    path("digest/stop/<str:token>/", StopDigest.as_view(), name="stop-digest"),
    path(f"{API}findings/", rest.FindingsView.as_view(), name="findings"),
    path(f"{API}decisions/", rest.DecisionView.as_view(), name="decisions"),
    path(f"{API}items/", rest.ItemsView.as_view(), name="items"),
    path(f"{API}skills/", rest.SkillsView.as_view(), name="skills"),
    path(f"{API}learning-curves/", rest.LearningCurvesView.as_view(), name="learning-curves"),
    path(f"{API}items/faulty/", FaultyView.as_view(), name="mark-faulty"),
    path(f"{API}items/skills/", TagsView.as_view(), name="retag"),
    path(f"{API}reading/", ReadingView.as_view(), name="reading-added"),
    path(f"{API}prerequisites/", PrerequisitesView.as_view(), name="prerequisites-told"),
    path(f"{API}runs/", RunsView.as_view(), name="runs-told"),
    path(f"{API}right/", RightView.as_view(), name="right-told"),
    path(f"{API}settings/", SettingsView.as_view(), name="settings-told"),
    path(f"{API}settings/preview/", SettingsPreviewView.as_view(), name="settings-tried"),
    path(f"{API}preview/", PreviewView.as_view(), name="preview-told"),
    path(f"{API}mastery-map/", rest.MasteryMapView.as_view(), name="mastery-map"),
    path(f"{API}experiment/", ExperimentView.as_view(), name="experiments"),
]
