"""What a candidate predicted beside the champion, as the gate wants it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import log
from pathlib import Path
from typing import Final

import msgspec

from metaedu_plugin.registry.comparison import Comparison
from metaedu_plugin.registry.errors import RegistryError
from serving.types import Seen

SURE: Final = 1e-6
"""Nearest to 0 or 1 that a prediction counts."""
_read = msgspec.json.Decoder(Seen).decode


def comparison(*, version: str, reference: str | None, seen: Iterable[Path]) -> Comparison:
    """The losses of `version` and of the champion on the same responses, from the files that the service wrote.

    Lines of other versions, against another champion than `reference` (None takes the last one's), or cut off are
    left out and counted.

    Raises RegistryError when a file cannot be read or nothing is left.
    """
    lines, cut = _lines(seen)
    ours = [line for line in lines if line.version == version]
    reference = reference or (ours[-1].reference if ours else "")
    paired = [line for line in ours if line.reference == reference]
    if not paired:
        raise RegistryError(
            f"Nothing was seen of {version} beside {reference or 'a champion'}: {len(lines)} lines of others, {cut} cut"
            " off. Let the service run with --candidate and --seen for a while, then give its file."
        )
    sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
    for line in paired:
        mine = sums[line.learner]
        mine[0] += _loss(line.probability, line.correct)
        mine[1] += _loss(line.expected, line.correct)
        mine[2] += 1
    return Comparison(
        learners=tuple(sums),
        candidate=tuple((loss, int(n)) for loss, _, n in sums.values()),
        reference=tuple((loss, int(n)) for _, loss, n in sums.values()),
        reference_name=reference,
        tables={"seen": {"used": len(paired), "of others": len(lines) - len(paired), "cut off": cut}},
    )


def _lines(seen: Iterable[Path]) -> tuple[list[Seen], int]:
    found, cut = [], 0
    for path in seen:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RegistryError(f"{path}: {error.strerror}; give the file that --seen names.") from error
        for line in content.splitlines():
            try:
                found.append(_read(line))
            except msgspec.MsgspecError:
                cut += 1
    return found, cut


def _loss(probability: float, correct: bool) -> float:
    """Log loss in nats."""
    return -log(min(max(probability if correct else 1 - probability, SURE), 1.0))
