"""The tables: what the pages show, one function for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec
from django.http import Http404

from metaedu_plugin.capture import api as capture
from metaedu_plugin.curriculum import api as curriculum
from metaedu_plugin.experiment import api as experiment
from metaedu_plugin.insights import people
from metaedu_plugin.insights.board import Board
from metaedu_plugin.insights.downloads.files import Cellular, Header, Table
from metaedu_plugin.insights.findings import Finding
from metaedu_plugin.insights.groups import in_words
from metaedu_plugin.insights.right import right_of
from metaedu_plugin.insights.statistics import Estimate
from metaedu_plugin.insights.tables import Range, known

MOST_CHANGES: Final = 10_000
"""Changes of a course that are told, the latest."""

Asked = Mapping[str, str]
"""What the address asks for."""


def findings(board: Board) -> Table:
    """One row for each figure of each finding: what is open in the order of the page, then what was decided on."""
    top, rest = board.open
    places = {one.key: place for place, one in enumerate((*top, *rest), start=1)}
    decided = [one for one in board.findings if one.key in board.decisions]
    header: Header = [
        *_count("place"),
        *_text("finding", "kind", "about", "key", "title", "what", "sentence"),
        *_count("learners"),
        *_figure("certainty"),
        *_text("action", "decision", "decision_reason", "decided_by", "figure", "label"),
        *_figure(*_range("value")),
        *_count("answers"),
    ]

    def rows() -> Iterator[list[Cellular]]:
        for one in (*top, *rest, *decided):
            made = board.decisions.get(one.key)
            about: list[Cellular] = [
                *(places.get(one.key), one.key, one.reason, one.subject.kind, one.subject.key, one.subject.title),
                *(one.title, one.sentence, one.helps, known(one.certainty), one.action.sentence),
                *((made.decision, made.reason, made.by) if made else ("open", "", "")),
            ]
            for each in one.evidence:
                yield [*about, each.code, each.label, *map(known, (each.value, each.low, each.high)), each.n]
            if not one.evidence:
                yield [*about, *(None,) * 6]

    return Table(header, rows())


def affected(board: Board) -> Table:
    """Whom each finding is about, and why."""

    def rows(one: Finding) -> Iterator[list[Cellular]]:
        names = people.names(pseudonyms=[member.learner for member in one.who])
        for member in one.who:
            yield [one.key, one.reason, one.title, member.learner, names[member.learner], member.why]

    return Table(
        _text("finding", "kind", "what", "learner", "name", "why"),
        (row for one in board.findings for row in rows(one)),
    )


def items(board: Board) -> Table:
    """The items table."""
    header: Header = [
        *_text("item", "title", "skills"),
        *_count("learners", "answers"),
        *_figure(*_range("first_attempt_success"), "difficulty", *_range("discrimination")),
        *_figure("attempts", "hint_share", "median_seconds"),
        *_text("wrong_choice"),
        *_figure("wrong_choice_share"),
        *_text("flags"),
    ]
    return Table(
        header,
        (
            [
                *(row.key, row.title, "; ".join(row.skills), row.learners, row.answers, *_cells(row.success)),
                *(row.difficulty, *_cells(row.discrimination), row.attempts, row.hint_share, row.seconds),
                *(row.wrong_choice, row.wrong_choice_share, "; ".join(row.flags)),
            ]
            for row in board.items
        ),
    )


def wrong_choices(board: Board) -> Table:
    """Wrong choices that came more than once, at first attempts."""
    room = board.room
    return Table(
        [*_text("item", "title", "choice", "choice_title"), *_count("learners"), *_figure("share")],
        (
            [item, room.item_title(item), one.choice, room.choice_title(item, one.choice), one.n, known(one.share)]
            for item, choices in room.structure.wrong_choices.items()
            for one in choices
        ),
    )


def months(board: Board) -> Table:
    """First attempts by month (UTC), of items that were answered in several."""
    drifting = {one.item for one in board.room.structure.drifts}
    return Table(
        [*_text("item", "title", "month"), *_count("learners"), *_figure(*_range("right")), *_text("changes")],
        (
            [
                *(item, board.room.item_title(item), one.month, one.n, *map(known, (one.success, one.low, one.high))),
                _yes(item in drifting),
            ]
            for item, every in board.room.structure.months.items()
            for one in every
        ),
    )


def runs(board: Board) -> Table:
    """Items beside earlier runs of the course."""
    header: Header = [
        *_text("item", "title"),
        *_count("learners"),
        *_figure(*_range("first_attempt_success"), "as_hard_as_before"),
        *_figure(*_range("difference"), *_range("harder_logits"), "p"),
        *_text("sure"),
    ]
    return Table(
        header,
        (
            [
                *(one.item, board.room.item_title(one.item), one.now.success.n, *_estimate(one.now.success)),
                *(one.expected, *_estimate(one.shift), *_estimate(one.harder), one.p, _yes(one.sure)),
            ]
            for one in board.room.runs.changes.values()
        ),
    )


def runs_apart(board: Board) -> Table:
    """Items in each run of the course: this one, then the earlier ones, the latest first."""
    room = board.room
    this = curriculum.run_name(course=room.course)

    def rows() -> Iterator[list[Cellular]]:
        for item, change in room.runs.changes.items():
            told = [(this, change.now)]
            told += [(curriculum.run_name(course=run.course), one) for run, one in room.runs.before(item)]
            for name, one in told:
                yield [item, room.item_title(item), name, one.success.n, *_estimate(one.success), known(one.hard)]

    return Table(
        [*_text("item", "title", "run"), *_count("learners"), *_figure(*_range("right"), "difficulty_logits")], rows()
    )


def skills(board: Board) -> Table:
    """The skills table."""
    header: Header = [
        *_text("skill", "title"),
        *_count("items", "learners", "answers"),
        *_figure(*_range("first_attempt_success"), *_range("gain"), "fitted_first_error", *_range("learning_rate")),
        *_text("flags"),
    ]
    return Table(
        header,
        (
            [
                *(row.key, row.title, row.items, row.learners, row.answers, *_cells(row.success), *_cells(row.gain)),
                *(row.start, *_cells(row.rate), "; ".join(row.flags)),
            ]
            for row in board.skills
        ),
    )


def learning_curves(board: Board) -> Table:
    """Errors at the first item of a skill that learners met, at the second, and so on."""
    return Table(
        [*_text("skill", "title"), *_count("opportunity", "learners"), *_figure(*_range("error"), "fitted_error")],
        (
            [
                *(row.key, row.title, one.opportunity, one.learners),
                *map(known, (one.error, one.low, one.high, one.fitted)),
            ]
            for row in board.skills
            for one in row.points
        ),
    )


def prerequisites(board: Board) -> Table:
    """Which skill comes before which: what is declared, and what the answers suggest."""
    course, room = board.room.course, board.room
    told = curriculum.skills(course=course)
    declared = {(one.key, before) for one in told.values() for before in one.prerequisites}
    leads = {(one.after, one.before): one for one in room.structure.leads}
    titles = {key: one.title or key for key, one in told.items()}
    header: Header = [
        *_text("skill", "title", "before", "before_title", "declared", "suggested"),
        *_figure("met_first", "right_with_it", "right_without", *_range("difference"), "p"),
    ]

    def rows() -> Iterator[list[Cellular]]:
        for pair in sorted(declared | leads.keys()):
            after, before = pair
            lead = leads.get(pair)
            figures: list[Cellular] = [None] * 7
            if lead:
                figures = [*map(known, (lead.first, lead.with_it, lead.without)), *_estimate(lead.gap), lead.p]
            names = (after, titles.get(after, after), before, titles.get(before, before))
            yield [*names, _yes(pair in declared), _yes(lead is not None), *figures]

    return Table(header, rows())


def learners(board: Board) -> Table:
    """The learners with their mastery of each skill, by title, in the order of the map."""
    header: Header = [
        *_text("learner", "name"),
        *_count("answers", "items"),
        *_figure(*_range("first_attempt_success")),
        *_text("last_answer"),
        *_count("wrong_in_a_row"),
        *_text("needs"),
        *_figure("mean_mastery", *(name for title in board.map_skills for name in _range(title))),
    ]
    return Table(
        header,
        (
            [
                *(row.learner, row.name, row.answers, row.items, *_cells(row.success)),
                *(_moment(row.last), row.wrong_in_a_row, "; ".join(row.needs), row.mean),
                *(
                    figure if cell.responses else None
                    for cell in row.cells
                    for figure in (cell.mean, cell.low, cell.high)
                ),
            ]
            for row in board.every_row()
        ),
    )


def groups(board: Board) -> Table:
    """Learners who work alike: one row for each learner of a group."""

    def rows() -> Iterator[list[Cellular]]:
        for number, one in enumerate(board.room.structure.groups, start=1):
            words = in_words(one.traits)
            for learner, name in people.names(pseudonyms=one.learners).items():
                yield [number, words, learner, name]

    return Table([*_count("group"), *_text("they", "learner", "name")], rows())


def answers(course: str, asked: Asked) -> Table:
    """The answers of one learner, in order. Raises Http404 where the address names none of the course."""
    learner = asked.get("learner", "")
    found = capture.responses(course=course, learner=learner)
    first = next(found, None) if learner else None
    if first is None:
        raise Http404
    known_items = curriculum.items(course=course)

    def rows() -> Iterator[list[Cellular]]:
        yield row(first)
        yield from map(row, found)

    def row(one: capture.Captured) -> list[Cellular]:
        info = known_items.get(one.item)
        return [
            *(one.item, info.title if info else "", _moment(one.time), _yes(one.correct), known(one.score)),
            *(one.attempt, one.hints, one.seconds, one.choice),
        ]

    return Table(
        [
            *_text("item", "title", "time", "right"),
            *_figure("score"),
            *_count("attempt", "hints"),
            *_figure("seconds"),
            *_text("choice"),
        ],
        rows(),
    )


def versions(board: Board) -> Table:
    """How right each version was."""
    header: Header = [
        *_text("version", "since"),
        *_count("learners", "answers"),
        *_figure("predicted", *_range("right"), *_range("off_by"), *_range("auc")),
    ]
    return Table(
        header,
        (
            [
                *(one.model, _moment(one.since), one.learners, one.answers, known(one.expected)),
                *_estimates(one.right, one.calibration.error if one.calibration else None, one.area),
            ]
            for one in right_of(board.room).versions
        ),
    )


def compared(course: str, asked: Asked) -> Table:
    """Learners of the latest experiment, nobody where there was none; `experiment` is the number of another.

    Raises Http404 where the course has none of that number.
    """
    wanted = asked.get("experiment", "")
    every = experiment.history(course=course)
    found = next((one for one in every if not wanted or str(one.id) == wanted), None)
    if found is None and wanted:
        raise Http404
    told = experiment.learner_counts(experiment=found) if found else iter(())
    text, *counts = experiment.LearnerCounts._fields[1:]
    header: Header = [*_text("learner", text), *_count(*counts)]
    return Table(header, (tuple(row) for row in told))


def looks(course: str, _asked: Asked) -> Table:
    """What the course's experiments came to, at every look."""
    header: Header = [
        *_count("experiment"),
        *_text("begun", "ended"),
        *_figure("share_in_course_order", "smallest_that_matters"),
        *_text("looked", "verdict"),
        *_figure(*_range("difference"), "usual low", "usual high"),
    ]
    kinds = ("suggestions", "course_order")
    for kind in kinds:
        header += [*_count(f"{kind}_learners", f"{kind}_answers"), *_figure(f"{kind}_right_before")]
        header += _count(f"{kind}_left")

    def rows() -> Iterator[list[Cellular]]:
        for one in experiment.history(course=course):
            for look in experiment.looks(experiment=one):
                found = look.difference
                both = [getattr(found, kind) for kind in kinds]
                yield [
                    *(one.id, _moment(one.begun), _moment(one.ended), one.share, one.smallest),
                    *(_moment(look.made), found.verdict),
                    *map(known, (found.value, found.low, found.high, found.usual_low, found.usual_high)),
                    *(cell for each in both for cell in (each.learners, each.answers, known(each.before), each.left)),
                ]

    return Table(header, rows())


def changes(course: str, _asked: Asked) -> Table:
    """What was changed in the course's settings and prerequisites, when and by whom, the latest first."""
    told: list[tuple[datetime, str, str, str, str]] = [
        (one.at, one.by, name, _json(one.before[name]), _json(after))
        for one in curriculum.changes(course=course, most=MOST_CHANGES)
        for name, after in one.after.items()
    ]
    told += [
        (one.at, one.by, f"prerequisite {one.before} > {one.skill}", _json(not one.declared), _json(one.declared))
        for one in curriculum.prerequisite_changes(course=course, most=MOST_CHANGES)
    ]
    told.sort(key=lambda one: one[0], reverse=True)
    return Table(_text("time", "by", "setting", "before", "after"), ([_moment(when), *rest] for when, *rest in told))


def calibration(board: Board) -> Table:
    """What was predicted and what came: one row for each bin of each version."""
    header: Header = [
        *_text("version", "since"),
        *_figure("predicted_least", "predicted_most", "predicted", *_range("right")),
        *_count("answers"),
    ]
    return Table(
        header,
        (
            [
                *(one.model, _moment(one.since), each.least, each.most, each.expected),
                *(*_estimate(each.right), each.right.n),
            ]
            for one in right_of(board.room).versions
            if one.calibration
            for each in one.calibration.bins
        ),
    )


def fairness(board: Board) -> Table:
    """How right it is for each group that may be shown; empty where the operator has not switched it on."""
    header: Header = [
        *_text("group"),
        *_count("learners", "answers"),
        *_figure(*_range("auc"), *_range("auc_of_others"), "abroca", "abroca_by_chance", "share_of_random_splits"),
        *_figure("predicted", *_range("right")),
    ]
    return Table(
        header,
        (
            [
                *(one.group, one.learners, one.right.n, *_estimate(one.area), *_estimate(one.others), one.between),
                *(one.usual, one.by_chance, one.expected, *_estimate(one.right)),
            ]
            for one in right_of(board.room).fair.groups
        ),
    )


def _text(*names: str) -> Header:
    return [(name, str) for name in names]


def _count(*names: str) -> Header:
    return [(name, int) for name in names]


def _figure(*names: str) -> Header:
    return [(name, float) for name in names]


def _range(name: str) -> tuple[str, str, str]:
    return name, f"{name} low", f"{name} high"


def _cells(one: Range) -> tuple[float | None, float | None, float | None]:
    return one.value, one.low, one.high


def _estimate(one: Estimate) -> tuple[float | None, float | None, float | None]:
    return known(one.value), known(one.low), known(one.high)


def _estimates(*every: Estimate | None) -> Iterator[float | None]:
    for one in every:
        yield from _estimate(one) if one else (None, None, None)


def _moment(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
