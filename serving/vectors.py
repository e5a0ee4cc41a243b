"""What training on a course has learned beyond its counts: a vector for the course, for each item and each skill."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class CourseTable(NamedTuple):
    """The vectors of one course, V long: [V], and [items, V] and [skills, V] in the order of the keys."""

    course_vector: Floats
    items: Sequence[str]
    item_vectors: Floats
    skills: Sequence[str]
    skill_vectors: Floats


class _Rows:
    """Vectors by key; the last row is all zeros and stands for every other key."""

    def __init__(self, keys: Sequence[str], vectors: Floats, width: int) -> None:
        self._place = {key: row for row, key in enumerate(keys)}
        if len(self._place) != len(keys):
            raise ValueError("a key is there twice")
        self._vectors = np.concatenate([_checked(vectors, (len(keys), width)), np.zeros((1, width), np.float32)])

    def take(self, keys: Sequence[str]) -> Floats:
        place = self._place
        return self._vectors[[place.get(key, -1) for key in keys]] if keys else self._vectors[:0]


class _Course(NamedTuple):
    own: Floats
    items: _Rows
    skills: _Rows


def _checked(vectors: Floats, shape: tuple[int, ...]) -> Floats:
    if vectors.shape != shape or vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        raise ValueError(f"vectors are {vectors.dtype} {vectors.shape}, not finite float32 {shape}")
    return vectors


class CourseVectors:
    """The vectors of all courses that a model was trained on; `width` is V. Never changed."""

    def __init__(self, width: int, tables: Mapping[str, CourseTable] | None = None) -> None:
        """Raises ValueError for vectors of another shape or type, or a key that is there twice."""
        self.width = width
        self._courses = {
            course: _Course(
                _checked(table.course_vector, (width,)),
                _Rows(table.items, table.item_vectors, width),
                _Rows(table.skills, table.skill_vectors, width),
            )
            for course, table in (tables or {}).items()
        }

    def __contains__(self, course: str) -> bool:
        """Whether the model was trained on this course."""
        return course in self._courses

    def lookup(self, course: str, items: Sequence[str], skills: Sequence[str]) -> tuple[Floats, Floats]:
        """Vectors [items, V] and [skills, V]; zeros for what the model does not know."""
        known = self._courses.get(course)
        if known is None:
            return np.zeros((len(items), self.width), np.float32), np.zeros((len(skills), self.width), np.float32)
        return known.items.take(items), known.skills.take(skills)

    def of_course(self, course: str) -> Floats:
        """The course's own vector [V], which every item of it has, also one added later; zeros for other courses."""
        known = self._courses.get(course)
        return np.zeros(self.width, np.float32) if known is None else known.own


def combined(items: Floats, skills: Floats, index: NDArray[np.intp], mask: NDArray[np.bool_]) -> Floats:
    """Of the `course_vector` input [B, V]: `items` [B, V] and the mean of the item's skills, `skills` [U, V].

    `index` [B, S] are rows of `skills`, `mask` [B, S] where there is one. A skill without a vector counts as zeros.
    """
    if not len(skills):
        return items
    share = mask / np.maximum(mask.sum(axis=1, keepdims=True), 1)
    mean = (skills[index] * share[..., None]).sum(axis=1)
    return np.asarray(items + mean, np.float32)


def pack(tables: Mapping[str, CourseTable]) -> bytes:
    """The vectors as a file of numpy arrays; the courses are numbered in the order of the mapping."""
    arrays: dict[str, Any] = {}
    for number, table in enumerate(tables.values()):
        arrays[f"course_vector_{number}"] = np.asarray(table.course_vector, np.float32)
        arrays[f"items_{number}"] = np.array(table.items, np.str_)
        arrays[f"item_vectors_{number}"] = np.asarray(table.item_vectors, np.float32)
        arrays[f"skills_{number}"] = np.array(table.skills, np.str_)
        arrays[f"skill_vectors_{number}"] = np.asarray(table.skill_vectors, np.float32)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpack(content: bytes, courses: Sequence[str], width: int) -> CourseVectors:
    """The vectors of a file that `pack` made of these courses.

    Raises for any other content, whatever numpy and zipfile raise; nothing in it is ever executed.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        tables = {
            course: CourseTable(
                file[f"course_vector_{n}"],
                file[f"items_{n}"].tolist(),
                file[f"item_vectors_{n}"],
                file[f"skills_{n}"].tolist(),
                file[f"skill_vectors_{n}"],
            )
            for n, course in enumerate(courses)
        }
    return CourseVectors(width, tables)
