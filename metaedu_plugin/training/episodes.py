"""Episodes: a course seen by its first N learners, and learners of it followed from their first response on.

The *support* is the counts of N other learners; N is drawn anew for each episode, from none to all, so that
the meta-learner learns to trust a course's counts as far as they go. The *query* learners are followed response by
response: at each, what came before is the learner's own support, and the response is to be predicted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from metaedu_plugin.training.course import Course, CourseCounts
from metaedu_plugin.training.networks.tracer import LEVEL, VECTOR, Context, Seen, Tracer
from serving.schema import COURSE_COUNTS


@dataclass(frozen=True)
class Episode:
    """B query learners over T responses, padded; S skills an item at most. All float32 but for the indices."""

    item: Tensor
    """[B, T] number of the (learner, item) pair."""
    skill: Tensor
    """[B, T, S] number of the (learner, skill) pair; one more than the others where masked."""
    skill_mask: Tensor
    again: Tensor
    """[B, T] 1 where the learner has answered the item before."""
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
    item_row: Tensor
    """[B, T] index into the course's items, from 1; 0 for an item that is not known by name."""
    skill_row: Tensor
    """[B, T, S] index into the course's skills, from 1; 0 where masked."""

    def to(self, device: torch.device) -> Episode:
        """The same on another device."""
        return Episode(**{name: tensor.to(device) for name, tensor in vars(self).items()})


@dataclass(frozen=True)
class Piece:
    """Query learners of a course (indices of its sequences) and the counts of its support learners."""

    course: Course
    query: NDArray[np.int64]
    support: CourseCounts
    own_out: bool = False
    """The support counts the query learners, too: what each of them did is taken off before they are asked."""


def draw_support(rng: np.random.Generator, learners: int) -> int:
    """Draw N: nobody one time in six, everybody one time in three, else log-uniform between."""
    kind = rng.random()
    if kind < 1 / 6 or learners == 0:
        return 0
    if kind > 2 / 3:
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
            order = rng.permutation(len(course))
            query, others = order[:group], order[group:]
            pieces.append(Piece(course, query, course.counts(others[: draw_support(rng, len(others))])))
        yield make_episode(pieces, longest=longest)


def _weights(courses: Sequence[Course], captured_share: float) -> NDArray[np.float64]:
    weights = np.sqrt([len(course) for course in courses])
    captured = np.array([course.data.origin == "captured" for course in courses])
    if captured.any() and not captured.all():
        weights[captured] *= captured_share / weights[captured].sum()
        weights[~captured] *= (1.0 - captured_share) / weights[~captured].sum()
    return np.asarray(weights / weights.sum())


def make_episode(pieces: Sequence[Piece], *, longest: int) -> Episode:
    """Pad query learners of several courses, with the counts of their support, into one episode.

    Args:
        pieces: query learners and their support.
        longest: how many responses of a learner are followed at most.

    """
    rows = [(piece, int(learner)) for piece in pieces for learner in piece.query]
    steps = min(longest, max(int(piece.course.lengths[learner]) for piece, learner in rows))
    size, width = (len(rows), steps), max(piece.course.skill_table.shape[1] for piece in pieces)
    item, item_row, skill_row = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros((*size, width), np.int64)
    again, valid, time = np.zeros(size, np.float32), np.zeros(size, np.float32), np.full(size, -1.0)
    outcome, ahead = np.zeros((*size, 5), np.float32), np.zeros((*size, 2), np.float32)
    course_item, course_total = (np.zeros((*size, COURSE_COUNTS), np.float32) for _ in range(2))
    course_skills = np.zeros((*size, width, COURSE_COUNTS), np.float32)
    for row, (piece, learner) in enumerate(rows):
        course = piece.course
        where = course.rows(learner, longest)
        here, columns = slice(0, where.stop - where.start), slice(0, course.skill_table.shape[1])
        items = course.item[where]
        tags = course.skill_table[items]
        item[row, here] = items
        item_row[row, here] = np.where(course.anonymous[items], 0, items + 1)
        skill_row[row, here, columns] = tags + 1
        again[row, here], valid[row, here] = course.again[where], 1.0
        outcome[row, here] = course.outcome[where]
        moments = course.time[where]
        time[row, here] = np.where(moments >= 0, moments - moments[0], -1.0)
        ahead[row, here] = course.ahead[where]
        on_item, on_skills, in_all = piece.support.item[items], piece.support.skill[tags], piece.support.total
        if piece.own_out:
            own = course.own(learner)
            on_item, on_skills = on_item - own.item[here], on_skills - own.skill[here]
            in_all = in_all - own.total
        course_item[row, here], course_skills[row, here, columns] = on_item, on_skills
        course_total[row, here] = in_all
    mask = skill_row > 0
    learner_of = np.arange(len(rows))[:, None]
    pair_item = np.unique(learner_of * (item.max() + 1) + item, return_inverse=True)[1].reshape(size)
    pair_skill = np.zeros(skill_row.shape, np.int64)
    kinds, numbers = np.unique((learner_of[..., None] * (skill_row.max() + 1) + skill_row)[mask], return_inverse=True)
    pair_skill[mask], pair_skill[~mask] = numbers, len(kinds)
    arrays = (
        *(pair_item, pair_skill, mask.astype(np.float32), again, outcome, time, valid),
        *(course_item, course_skills, course_total, ahead, item_row, skill_row),
    )
    return Episode(*(torch.from_numpy(array) for array in arrays))


@torch.no_grad()
def unroll(tracer: Tracer, episode: Episode, vector: Tensor | None = None) -> Context:
    """Contexts before each response, [B, T, ...]; the learner's vector without its recurrent state.

    The closed-form part of the state depends on the responses alone, so that it is followed once, without gradient.
    `vector` [B, T, VECTOR] is the course's; zeros when not given.
    """
    batch, steps = episode.item.shape
    device, width = episode.item.device, episode.skill.shape[-1]
    before = _before(tracer, episode)
    change = tracer.change(episode.outcome[..., :1], before)
    # Time first, so that a step is one contiguous slice.
    item, skill, on_learner, on_skill, on_item = (
        x.transpose(0, 1).contiguous() for x in (episode.item, episode.skill, *change)
    )
    named = (episode.item_row > 0).to(on_item.dtype).transpose(0, 1).unsqueeze(-1)
    statistics = torch.zeros(batch, LEVEL, device=device)
    skills = torch.zeros(int(skill.max()) + 1, LEVEL, device=device)
    items = torch.zeros(int(item.max()) + 1, LEVEL, device=device)
    learners = torch.zeros(steps, batch, LEVEL, device=device)
    on_skills = torch.zeros(steps, batch, width, LEVEL, device=device)
    on_items = torch.zeros(steps, batch, LEVEL, device=device)
    for step in range(steps):
        learners[step] = statistics
        statistics = tracer.advance(0, statistics, on_learner[step])
        before_skills, before_item = skills[skill[step]], items[item[step]]
        on_skills[step], on_items[step] = before_skills, before_item
        skills[skill[step]] = tracer.advance(1, before_skills, on_skill[step].unsqueeze(1))
        items[item[step]] = tracer.advance(2, before_item, on_item[step]) * named[step]
    elapsed, skill_elapsed = _elapsed(episode)
    return Context(
        learner=learners.transpose(0, 1),
        skills=on_skills.transpose(0, 1) * episode.skill_mask.unsqueeze(-1),
        skill_mask=episode.skill_mask,
        item=on_items.transpose(0, 1),
        elapsed=elapsed,
        skill_elapsed=skill_elapsed,
        course_item=episode.course_item,
        course_skills=episode.course_skills,
        course_total=episode.course_total,
        course_vector=torch.zeros(batch, steps, VECTOR, device=device) if vector is None else vector,
    )


def _before(tracer: Tracer, episode: Episode) -> Seen:
    """What decides how a response changes the state: whether it is a later attempt, and how others do. [B, T]."""
    batch, steps = episode.item.shape
    device, width = episode.item.device, episode.skill.shape[-1]
    item = torch.zeros(batch, steps, LEVEL, device=device)
    item[..., 0] = episode.again
    nothing = torch.zeros(batch, steps, width, device=device)
    return tracer.see(
        Context(
            learner=torch.zeros(batch, steps, LEVEL, device=device),
            skills=nothing.unsqueeze(-1).expand(-1, -1, -1, LEVEL),
            skill_mask=episode.skill_mask,
            item=item,
            elapsed=torch.zeros(batch, steps, 2, device=device),
            skill_elapsed=nothing,
            course_item=episode.course_item,
            course_skills=episode.course_skills,
            course_total=episode.course_total,
            course_vector=torch.zeros(batch, steps, 1, device=device),
        )
    )


def _elapsed(episode: Episode) -> tuple[Tensor, Tensor]:
    """Seconds since the learner's last response and last one to the item [B, T, 2], and on each skill [B, T, S]."""
    batch, steps = episode.item.shape
    device = episode.item.device
    elapsed = torch.full((batch, steps, 2), -1.0, device=device)
    on_skills = torch.full(episode.skill.shape, -1.0, device=device)
    if not bool((episode.time >= 0).any()):
        return elapsed, on_skills
    last = torch.full((batch,), -1.0, dtype=torch.float64, device=device)
    last_item = torch.full((int(episode.item.max()) + 1,), -1.0, dtype=torch.float64, device=device)
    last_skill = torch.full((int(episode.skill.max()) + 1,), -1.0, dtype=torch.float64, device=device)
    for step in range(steps):
        item, skill, now = episode.item[:, step], episode.skill[:, step], episode.time[:, step]
        elapsed[:, step, 0] = _since(now, last)
        elapsed[:, step, 1] = _since(now, last_item[item])
        on_skills[:, step] = _since(now.unsqueeze(-1), last_skill[skill])
        last = torch.maximum(last, now)
        last_item[item] = torch.maximum(last_item[item], now)
        last_skill[skill] = torch.maximum(last_skill[skill], now.unsqueeze(-1))
    elapsed[..., 1] = torch.where(episode.item_row > 0, elapsed[..., 1], -1.0)
    return elapsed, torch.where(episode.skill_mask > 0, on_skills, -1.0)


def _since(now: Tensor, before: Tensor) -> Tensor:
    """Seconds between, never negative; -1 where either is unknown."""
    return torch.where((now >= 0) & (before >= 0), torch.clamp(now - before, min=0.0), -1.0).float()
