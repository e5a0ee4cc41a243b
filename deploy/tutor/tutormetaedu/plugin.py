"""What Tutor gets from metaedu: settings, images, services and commands; the texts lie in `patches` and `templates`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from tutor import hooks

from tutormetaedu import __version__
from tutormetaedu.literal import literal
from tutormetaedu.requirement import requirement

HERE = Path(__file__).parent

DEFAULTS: dict[str, Any] = {
    "VERSION": __version__,
    # What pip installs, the extras added where they are needed: a requirement, or the address of a wheel or repository.
    "PACKAGE": "metaedu=={{ METAEDU_VERSION }}",
    "REDIS_DB": 4,
    "STORE": "redis://{% if REDIS_USERNAME and REDIS_PASSWORD %}{{ REDIS_USERNAME }}:{{ REDIS_PASSWORD }}@{% endif %}"
    "{{ REDIS_HOST }}:{{ REDIS_PORT }}/{{ METAEDU_REDIS_DB }}",
    # Django settings of metaedu's that have no name of their own here: {"METAEDU_NOTICE": "…"}.
    "SETTINGS": {},
    # The engine as a service of its own; SERVING_URL names one that runs elsewhere.
    "RUN_SERVING": False,
    "SERVING_REPLICAS": 1,
    "SERVING_WORKERS": 1,
    "SERVING_URL": "",
    "SERVING_DEADLINE": 0.15,
    "DOCKER_IMAGE_SERVING": "{{ DOCKER_REGISTRY }}metaedu-serving:{{ METAEDU_VERSION }}",
    # A Celery worker with PyTorch, on a queue of its own.
    "RUN_TRAINING": False,
    "TRAINING_REPLICAS": 1,
    "TRAINING_QUEUE": "metaedu",
    "TRAINING_GPU": False,
    "TRAINING_SCHEDULE": "",
    "TRAINING_PIP_OPTIONS": "",
    "TRAINING_FROM_ASPECTS": False,
    "DOCKER_IMAGE_TRAINING": "{{ DOCKER_REGISTRY }}metaedu-training:{{ METAEDU_VERSION }}",
    # The spool drained by a process of its own instead of the web processes.
    "RUN_DRAIN": False,
    "DRAIN_REPLICAS": 1,
    "DRAIN_SECONDS": 1,
    "DRAIN_SCHEDULE": "",
    # On Kubernetes, when the week's mail to instructors goes out, and when experiments are looked at.
    "DIGEST_SCHEDULE": "",
    "EXPERIMENT_SCHEDULE": "",
    # The folder that pods share, once one of them trains or drains.
    "K8S_STORAGE": "5Gi",
    "K8S_STORAGE_CLASS": "",
    "K8S_ACCESS_MODE": "ReadWriteMany",
}
# In every container: a folder of the LMS's own data with Compose, a volume on Kubernetes.
DATA_DIR = "/openedx/data/metaedu"
# Made once, then kept in config.yml, also while the plugin is off: with another secret every learner is a stranger.
UNIQUE = {
    "PSEUDONYM_SECRET": "{{ 40|random_string }}",
    "SERVING_SECRET": "{{ 40|random_string }}",
}
# Before the platform starts: what is wrong is said, and stops nothing.
STATUS = "./manage.py lms metaedu_status || echo 'metaedu: see above; the platform runs all the same'"

hooks.Filters.CONFIG_DEFAULTS.add_items([(f"METAEDU_{name}", value) for name, value in DEFAULTS.items()])
hooks.Filters.CONFIG_UNIQUE.add_items([(f"METAEDU_{name}", value) for name, value in UNIQUE.items()])
hooks.Filters.ENV_TEMPLATE_VARIABLES.add_item(("METAEDU_DATA_DIR", DATA_DIR))
hooks.Filters.ENV_TEMPLATE_FILTERS.add_items([("metaedu_requirement", requirement), ("metaedu_literal", literal)])
hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(str(HERE / "templates"))
hooks.Filters.ENV_TEMPLATE_TARGETS.add_items([("metaedu/build", "plugins"), ("metaedu/apps", "plugins")])
hooks.Filters.ENV_PATCHES.add_items(
    [(path.name, path.read_text(encoding="utf-8")) for path in sorted((HERE / "patches").iterdir()) if path.is_file()]
)
hooks.Filters.MOUNTED_DIRECTORIES.add_item(("openedx", "metaedu"))
hooks.Filters.CLI_DO_INIT_TASKS.add_item(("lms", STATUS))


@hooks.Filters.IMAGES_BUILD.add()
def _build(images: list[Any], config: dict[str, Any]) -> list[Any]:
    return [*images, *((name, ("plugins", "metaedu", "build", name), tag, ()) for name, tag in _images(config))]


@hooks.Filters.IMAGES_PUSH.add()
def _push(images: list[Any], config: dict[str, Any]) -> list[Any]:
    return [*images, *_images(config)]


def _images(config: dict[str, Any]) -> list[tuple[str, str]]:
    """Images of the services that run: what is off is neither built nor fetched."""
    return [
        (f"metaedu-{name.lower()}", str(config[f"METAEDU_DOCKER_IMAGE_{name}"]))
        for name in ("SERVING", "TRAINING")
        if config.get(f"METAEDU_RUN_{name}")
    ]


@click.command(name="metaedu-train", help="Queue a training of metaedu; its worker carries it out.")
def _train() -> list[tuple[str, str]]:
    return [("lms", "METAEDU_TRAINING=1 ./manage.py lms metaedu_train --queue")]


@click.command(name="metaedu-read-courses", help="Let metaedu read the courses that were there before it.")
def _read_courses() -> list[tuple[str, str]]:
    return [("lms", "./manage.py lms metaedu_curriculum --read-all")]


@click.command(name="metaedu-digest", help="Mail the week's findings to the instructors who asked for them.")
def _digest() -> list[tuple[str, str]]:
    return [("lms", "./manage.py lms metaedu_digest")]


@click.command(name="metaedu-experiment", help="Work out what the experiments that run have shown so far.")
def _experiment() -> list[tuple[str, str]]:
    return [("lms", "./manage.py lms metaedu_experiment")]


hooks.Filters.CLI_DO_COMMANDS.add_items([_train, _read_courses, _digest, _experiment])
