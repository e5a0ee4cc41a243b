"""What training on a course keeps of it beyond the counts: vectors of its items and skills, and its style.

All are zero at first, and then the network meets the course by its counts alone.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from metaedu_plugin.training.course import Course
from metaedu_plugin.training.episodes import Episode
from metaedu_plugin.training.networks.tracer import ENTRIES, STYLE
from serving.vectors import CourseTable


class Vectors(nn.Module):
    """A table of vectors for the items and one for the skills of a course, row 0 of each for none; and its style."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self.item = nn.Parameter(torch.zeros(len(course.data.items) + 1, 1 + ENTRIES))
        self.skill = nn.Parameter(torch.zeros(len(course.data.skills) + 1, 1 + ENTRIES))
        self.style = nn.Parameter(torch.zeros(STYLE))

    def forward(self, episode: Episode) -> tuple[Tensor, Tensor]:
        """The course's vectors of each item with its skills, and of the skills alone, both [B, T, VECTOR]."""
        mask = episode.skill_mask
        share = mask / mask.sum(-1, keepdim=True).clamp(min=1.0)
        skills = (nn.functional.embedding(episode.skill_row, self.skill) * share.unsqueeze(-1)).sum(-2)
        named = (episode.item_row > 0).to(mask.dtype).unsqueeze(-1)
        items = nn.functional.embedding(episode.item_row, self.item) * named + skills
        style = self.style.expand(*mask.shape[:2], STYLE)
        return torch.cat([items, style], -1), torch.cat([skills, style], -1)


def course_table(course: Course, vectors: Vectors) -> CourseTable:
    """The vectors by the keys of the course, as a bundle holds them; none for an item that is not known by name."""
    named = np.flatnonzero(~course.anonymous)
    item, skill = (
        np.pad(table.detach().numpy()[1:].astype(np.float32), ((0, 0), (0, STYLE)))
        for table in (vectors.item, vectors.skill)
    )
    own = np.pad(vectors.style.detach().numpy().astype(np.float32), (1 + ENTRIES, 0))
    return CourseTable(own, [course.data.items[n] for n in named], item[named], list(course.data.skills), skill)
