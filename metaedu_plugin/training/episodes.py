"""Episodes: a course seen by its first N learners, and learners of it followed from their first response on.

The *support* is the counts of N other learners; N is drawn anew for each episode, from none to all, so that
the meta-learner learns to trust a course's counts as far as they go. The *query* learners are followed response by
response: at each, what came before is the learner's own support, and the response is to be predicted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metaedu_plugin.training.data import CourseData
from metaedu_plugin.training.data import Sequence as Responses
from metaedu_plugin.training.networks.tracer import ITEM, SKILL, STATISTICS, Context, Tracer

AHEAD = 5
"""How many responses ahead on a skill mastery is held against."""


@dataclass(frozen=True)
class Episode:
    """B query learners over T responses, padded; S skills an item at most. All float32 but for the indices."""

    item: Tensor
    """[B, T] index of the item among the learner's own items."""
    skill: Tensor
    """[B, T, S] index of the skill among the learner's own skills; 0 where masked."""
    skill_mask: Tensor
    outcome: Tensor
    """[B, T, 5] as in `serving.schema`."""
    time: Tensor
    """[B, T] seconds since the learner's first response; -1 unknown. Float64."""
    valid: Tensor
    """[B, T] 1 where there is a response."""
    course_item: Tensor
    course_skills: Tensor
    course_total: Tensor
    """Counts of the N support learners as in `serving.schema`, [B, T, ...]."""
    ahead: Tensor
    """[B, T, 2] number and number correct of the next `AHEAD` responses on the item's first skill, from this one on."""

    def to(self, device: torch.device) -> Episode:
        """The same on another device."""
        return Episode(**{name: tensor.to(device) for name, tensor in vars(self).items()})


@dataclass(frozen=True)
class CourseCounts:
    """What N learners answered: count and number correct, per item [items, 2], per skill [skills, 2], in all [2]."""

    item: NDArray[np.float32]
    skill: NDArray[np.float32]
    total: NDArray[np.float32]


class Course:
    """A course made ready for drawing episodes from."""

    def __init__(self, data: CourseData) -> None:
        self.data = data
        self.skills_at_most = max([1, *(len(skills) for skills in data.item_skills)])

    @cached_property
    def skill_table(self) -> NDArray[np.int32]:
        """[items, S] skills of each item, padded with -1."""
        table = np.full((len(self.data.items), self.skills_at_most), -1, np.int32)
        for row, skills in enumerate(self.data.item_skills):
            table[row, : len(skills)] = skills
        return table

    def counts(self, learners: NDArray[np.int64] | Sequence[int]) -> CourseCounts:
        """Count what these learners (indices of sequences) answered."""
        chosen = [self.data.sequences[row] for row in learners]
        items = np.concatenate([s.item for s in chosen]) if chosen else np.empty(0, np.int32)
        correct = np.concatenate([s.correct for s in chosen]) if chosen else np.empty(0, np.float32)
        size = len(self.data.items)
        item = np.stack(
            [np.bincount(items, minlength=size), np.bincount(items, weights=correct, minlength=size)], -1
        ).astype(np.float32)
        skill = np.zeros((len(self.data.skills), 2), np.float32)
        for column in self.skill_table.T:
            tagged = column >= 0
            np.add.at(skill, column[tagged], item[tagged])
        return CourseCounts(item, skill, item.sum(0))


def draw_support(rng: np.random.Generator, learners: int) -> int:
    """Draw N: nobody one time in six, everybody one time in six, else log-uniform between."""
    kind = rng.random()
    if kind < 1 / 6 or learners == 0:
        return 0
    if kind > 5 / 6:
        return learners
    return round(float(np.exp(rng.uniform(0.0, np.log(learners)))))


def draw_episodes(
    courses: Sequence[Course],
    *,
    count: int,
    rng: np.random.Generator,
    responses: int = 6400,
    group: int = 8,
    captured_share: float = 0.5,
) -> Iterator[Episode]:
    """Yield `count` episodes of about `responses` responses, `group` learners of a course side by side.

    Courses are drawn by the square root of their number of learners, so that a large one teaches more but not all.
    Where there are both captured and simulated courses, `captured_share` of the draws go to the captured ones.
    """
    weights = _weights(courses, captured_share)
    for _ in range(count):
        longest = int(rng.choice([50, 100, 200, 400], p=[0.2, 0.3, 0.35, 0.15]))
        pieces = []
        for _ in range(max(1, responses // (longest * group))):
            course = courses[rng.choice(len(courses), p=weights)]
            order = rng.permutation(len(course.data.sequences))
            query, others = order[:group], order[group:]
            support = course.counts(others[: draw_support(rng, len(others))])
            pieces.append((course, [course.data.sequences[row] for row in query], support))
        yield make_episode(pieces, longest=longest)


def _weights(courses: Sequence[Course], captured_share: float) -> NDArray[np.float64]:
    weights = np.sqrt([len(course.data.sequences) for course in courses])
    captured = np.array([course.data.origin == "captured" for course in courses])
    if captured.any() and not captured.all():
        weights[captured] *= captured_share / weights[captured].sum()
        weights[~captured] *= (1.0 - captured_share) / weights[~captured].sum()
    return np.asarray(weights / weights.sum())


def make_episode(pieces: Sequence[tuple[Course, Sequence[Responses], CourseCounts]], *, longest: int) -> Episode:
    """Pad query learners of several courses, with the counts of their support, into one episode.

    Args:
        pieces: (course, query learners, counts of its support learners).
        longest: how many responses of a learner are followed at most.

    """
    rows = [(course, responses, support) for course, queries, support in pieces for responses in queries]
    steps = min(longest, max(len(responses) for _, responses, _ in rows))
    width = max(course.skills_at_most for course, _, _ in rows)
    size = (len(rows), steps)
    item, skill, mask = (
        np.zeros(size, np.int64),
        np.zeros((*size, width), np.int64),
        np.zeros((*size, width), np.float32),
    )
    outcome, time, valid = np.zeros((*size, 5), np.float32), np.full(size, -1.0), np.zeros(size, np.float32)
    course_item, course_skills = np.zeros((*size, 2), np.float32), np.zeros((*size, width, 2), np.float32)
    course_total, ahead = np.zeros((*size, 2), np.float32), np.zeros((*size, 2), np.float32)
    for row, (course, responses, support) in enumerate(rows):
        length = min(steps, len(responses))
        here, items = slice(0, length), responses.item[:length]
        item[row, here] = np.unique(items, return_inverse=True)[1]
        tags = course.skill_table[items]
        has = tags >= 0
        columns = slice(0, tags.shape[1])
        skill[row, here, columns] = np.where(has, np.unique(tags, return_inverse=True)[1].reshape(tags.shape), 0)
        mask[row, here, columns] = has
        outcome[row, here] = np.stack(
            [responses.correct, responses.score, responses.hints, responses.seconds, responses.attempt], -1
        )[:length]
        known = responses.time[:length] >= 0
        time[row, here] = np.where(known, responses.time[:length] - responses.time[0], -1.0)
        valid[row, here] = 1.0
        course_item[row, here] = support.item[items]
        if len(support.skill):
            course_skills[row, here, columns] = support.skill[np.maximum(tags, 0)] * has[..., None]
        course_total[row, here] = support.total
        ahead[row, here] = _ahead(tags[:, 0], responses.correct[:length])
    arrays = (item, skill, mask, outcome, time, valid, course_item, course_skills, course_total, ahead)
    return Episode(*(torch.from_numpy(array) for array in arrays))


def _ahead(skills: NDArray[np.int32], correct: NDArray[np.float32]) -> NDArray[np.float32]:
    """Count the next `AHEAD` responses on the same skill, from each on: [T] -> [T, 2] = (number, number correct)."""
    result = np.zeros((len(skills), 2), np.float32)
    for skill in np.unique(skills[skills >= 0]):
        places = np.flatnonzero(skills == skill)
        sums = np.concatenate([[0.0], np.cumsum(correct[places])])
        ends = np.minimum(np.arange(len(places)) + AHEAD, len(places))
        result[places, 0] = ends - np.arange(len(places))
        result[places, 1] = sums[ends] - sums[:-1]
    return result


@torch.no_grad()
def unroll(tracer: Tracer, episode: Episode) -> Context:
    """Contexts before each response, [B, T, ...]; the learner's vector without its recurrent state.

    The closed-form part of the state depends on the responses alone, so that it is followed once, without gradient.
    """
    batch, steps = episode.item.shape
    device, rows = episode.item.device, torch.arange(batch, device=episode.item.device)
    width = episode.skill.shape[-1]
    statistics = torch.zeros(batch, STATISTICS, device=device)
    skills = torch.zeros(batch, int(episode.skill.max()) + 1, SKILL, device=device)
    items = torch.zeros(batch, int(episode.item.max()) + 1, ITEM, device=device)
    last = torch.full((batch,), -1.0, dtype=torch.float64, device=device)
    last_item = torch.full(items.shape[:2], -1.0, dtype=torch.float64, device=device)
    last_skill = torch.full(skills.shape[:2], -1.0, dtype=torch.float64, device=device)
    history: list[tuple[Tensor, ...]] = []
    for step in range(steps):
        item, skill, mask, now = (
            episode.item[:, step],
            episode.skill[:, step],
            episode.skill_mask[:, step],
            episode.time[:, step],
        )
        context = Context(
            learner=statistics,
            skills=skills[rows[:, None], skill] * mask.unsqueeze(-1),
            skill_mask=mask,
            item=items[rows, item],
            elapsed=torch.stack([_since(now, last), _since(now, last_item[rows, item])], -1).float(),
            skill_elapsed=_since(now.unsqueeze(-1), last_skill[rows[:, None], skill]).float(),
            course_item=episode.course_item[:, step],
            course_skills=episode.course_skills[:, step],
            course_total=episode.course_total[:, step],
        )
        history.append((context.learner, context.skills, context.item, context.elapsed, context.skill_elapsed))
        statistics, next_skills, next_item = tracer.update_statistics(context, episode.outcome[:, step])
        items[rows, item] = next_item
        last_item[rows, item] = torch.maximum(last_item[rows, item], now)
        last = torch.maximum(last, now)
        for column in range(width):
            tagged = mask[:, column] > 0
            skills[rows[tagged], skill[tagged, column]] = next_skills[tagged, column]
            before = last_skill[rows[tagged], skill[tagged, column]]
            last_skill[rows[tagged], skill[tagged, column]] = torch.maximum(before, now[tagged])
    learner, on_skills, on_item, elapsed, skill_elapsed = (
        torch.stack(column, 1) for column in zip(*history, strict=True)
    )
    return Context(
        learner,
        on_skills,
        episode.skill_mask,
        on_item,
        elapsed,
        skill_elapsed,
        episode.course_item,
        episode.course_skills,
        episode.course_total,
    )


def _since(now: Tensor, before: Tensor) -> Tensor:
    """Seconds between, never negative; -1 where either is unknown."""
    return torch.where((now >= 0) & (before >= 0), torch.clamp(now - before, min=0.0), -1.0)
