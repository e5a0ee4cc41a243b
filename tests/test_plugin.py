"""What the platform's plugin manager finds: it reads the entry points of what is installed, and `plugin_app`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module, metadata
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import AppConfig
from django.test import override_settings
from django.urls import URLResolver, get_resolver, include, re_path, reverse

PLUGINS = {
    (point.group, point.name): point.load()
    for point in metadata.distribution("metaedu").entry_points
    if point.group in {"lms.djangoapp", "cms.djangoapp"}
}
SETTINGS = [
    (project, app, environment, config["relative_path"])
    for (project, _), app in PLUGINS.items()
    for environment, config in app.plugin_app.get("settings_config", {}).get(project, {}).items()
]
URLS = [
    (app, config)
    for (project, _), app in PLUGINS.items()
    if (config := app.plugin_app.get("url_config", {}).get(project))
]
PAGES = {
    "metaedu_capture": ("xapi_statements", {}),
    "metaedu_registry": ("operator", {}),
    "metaedu_tutoring": ("learn", {"course": "course-v1:a+b+c"}),
    "metaedu_insights": ("page", {"course": "course-v1:a+b+c"}),
}


def _as_the_platform_includes(app: type[AppConfig], config: dict[str, str]) -> URLResolver:
    module = f"{app.name}.{config['relative_path']}"
    return re_path(config["regex"], include((module, app.name), namespace=config["namespace"]))


urlpatterns = [_as_the_platform_includes(app, config) for app, config in URLS]


def test_every_app_is_installed_by_the_platform():
    names = {"capture", "curriculum", "registry", "experiment", "tutoring", "insights", "xapi", "conf"}
    assert {app.name.rpartition(".")[2] for (project, _), app in PLUGINS.items() if project == "lms.djangoapp"} == names
    # an app without the attribute would be found, but not installed
    assert all(isinstance(app.plugin_app, dict) for app in PLUGINS.values())


@pytest.mark.parametrize(("project", "app", "environment", "path"), SETTINGS)
def test_settings_modules_can_be_called(project, app, environment, path):
    assert environment in {"common", "production", "devstack", "test"}
    import_module(f"{app.name}.{path}").plugin_settings(SimpleNamespace())


@override_settings(ROOT_URLCONF=__name__)
def test_apps_share_one_prefix_and_every_address_resolves():
    assert {config["namespace"] for _, config in URLS} == set(PAGES)
    for namespace, (name, arguments) in PAGES.items():
        found = get_resolver().resolve(reverse(f"{namespace}:{name}", kwargs=arguments))
        assert (found.namespace, found.url_name) == (namespace, name)
    for resolver in get_resolver().url_patterns:
        for name, arguments, view in _leaves(resolver):
            address = reverse(f"{resolver.namespace}:{name}", kwargs=arguments)
            assert address.startswith("/metaedu/")
            # the same view, so no app hides an address of another
            assert get_resolver().resolve(address).func is view


def _leaves(resolver: URLResolver, above: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, str], Any]]:
    for each in resolver.url_patterns:
        names = (*above, *each.pattern.converters)
        if isinstance(each, URLResolver):
            yield from _leaves(each, names)
        else:
            yield each.name, dict.fromkeys(names, "a"), each.callback
