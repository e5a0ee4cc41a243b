"""The manifests: valid by Kubernetes' own schemas, and in step with the service."""

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from serving.cli import _parser
from serving.service.application import OPEN

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = [each for each in yaml.safe_load_all((ROOT / "deploy/kubernetes/serving.yaml").read_text()) if each]
KINDS = {each["kind"]: each for each in MANIFESTS}


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda each: each["kind"])
def test_it_is_valid(manifest: dict) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_a_manifest_that_is_wrong_is_found() -> None:
    wrong = KINDS["Deployment"] | {"spec": KINDS["Deployment"]["spec"] | {"replicas": "two"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_the_service_takes_its_arguments_and_has_its_probes() -> None:
    (container,) = KINDS["Deployment"]["spec"]["template"]["spec"]["containers"]
    _parser().parse_args(container["args"])
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in OPEN


def test_what_it_selects_and_scales_is_there() -> None:
    labels = KINDS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for kind in ("Service", "PodDisruptionBudget"):
        selector = KINDS[kind]["spec"]["selector"]
        assert (selector.get("matchLabels") or selector).items() <= labels.items()
    assert KINDS["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == KINDS["Deployment"]["metadata"]["name"]
    text = (ROOT / "deploy/kubernetes/serving.yaml").read_text()
    assert re.search(r"metaedu_waiting_seconds_bucket", text)
