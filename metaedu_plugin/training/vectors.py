"""What training on a course keeps of each of its items and skills beyond the counts: a vector, zero at first."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.episodes import Episode
from metaedu_plugin.training.networks.tracer import VECTOR
from serving.vectors import CourseTable


class Vectors(nn.Module):
    """A table of vectors for the items and one for the skills of a course; row 0 of each stands for none."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self.item = nn.Parameter(torch.zeros(len(course.data.items) + 1, VECTOR))
        self.skill = nn.Parameter(torch.zeros(len(course.data.skills) + 1, VECTOR))

    def forward(self, episode: Episode) -> tuple[Tensor, Tensor]:
        """The course's vectors of each item with its skills, and of the skills alone, both [B, T, VECTOR]."""
        mask = episode.skill_mask
        share = mask / mask.sum(-1, keepdim=True).clamp(min=1.0)
        skills = (nn.functional.embedding(episode.skill_row, self.skill) * share.unsqueeze(-1)).sum(-2)
        named = (episode.item_row > 0).to(mask.dtype).unsqueeze(-1)
        return nn.functional.embedding(episode.item_row, self.item) * named + skills, skills


def course_table(course: Course, vectors: Vectors) -> CourseTable:
    """The vectors by the keys of the course, as a bundle holds them; none for an item that is not known by name."""
    named = np.flatnonzero(~course.anonymous)
    item, skill = (table.detach().numpy()[1:].astype(np.float32) for table in (vectors.item, vectors.skill))
    return CourseTable([course.data.items[n] for n in named], item[named], list(course.data.skills), skill)
