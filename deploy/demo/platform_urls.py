"""Addresses of the demo platform itself."""

from django.urls import path

from deploy.demo import answers, views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("courses/<str:course_key>/", views.course, name="course"),
    path("courses/<str:course_key>/jump_to/<str:usage_key>", views.jump_to, name="jump-to"),
    path("courses/<str:course_key>/read/<slug:unit_key>/", views.read, name="read"),
    path("courses/<str:course_key>/read/<slug:unit_key>/done", answers.page_read, name="page-read"),
    path("courses/<str:course_key>/problem/<slug:problem_id>/", views.problem, name="problem"),
    path("courses/<str:course_key>/problem/<slug:problem_id>/check", answers.check, name="check"),
    path("courses/<str:course_key>/problem/<slug:problem_id>/hint", answers.hint, name="hint"),
    path("courses/<str:course_key>/problem/<slug:problem_id>/answer", answers.show_answer, name="show-answer"),
]
