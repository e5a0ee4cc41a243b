"""A registered version, evaluated on what there is now."""

from __future__ import annotations

from typing import Any

from metaedu_plugin.registry import api as registry
from metaedu_plugin.training import dataset
from metaedu_plugin.training.errors import TrainingError
from metaedu_plugin.training.judging import CHAMPION, OURS, PRIOR, measure, shipped
from metaedu_plugin.training.material import gather
from metaedu_plugin.training.options import Options
from metaedu_plugin.training.progress import Progress
from serving import bundle
from serving.model import Model
from serving.prior import PriorModel


def evaluate(*, version: str, options: Options, progress: Progress) -> dict[str, Any]:
    """The `table` and `unseen_courses` of a version, as of a run.

    Of the options only those that choose courses count. A course named as unseen is unseen only when the version was
    not trained on it: that is for the caller to know.

    Raises:
        TrainingError: there is no such version, or not enough to evaluate it on.
        serving.errors.BundleError: the version's bundle does not load.

    """
    found = {info.name: info for info in registry.versions()}
    if version not in found:
        raise TrainingError(f"There is no version {version}. There are: {', '.join(found) or 'none'}.")
    models: dict[str, Model] = {OURS: bundle.load(found[version].path), PRIOR: PriorModel(), **shipped()}
    champion = registry.champion()
    if champion is not None and champion.name != version:
        models[CHAMPION] = bundle.load(champion.path)
    dataset.refresh(source=options.source)
    material = gather(options)
    figures = measure(models, material, lambda done, what="": progress.at("evaluate", done, what))
    return {"version": version, "table": figures.seen.table(), "unseen_courses": figures.unseen_table()}
