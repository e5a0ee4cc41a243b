"""Few-shot images that need no download: letters of the sixteen text fonts that matplotlib ships.

The setting is that of Omniglot (Lake, Salakhutdinov & Tenenbaum 2015): a class is a letter, an example one way to draw
it, and the alphabets of training and test are different ones. Training has the Latin letters, a test Greek and
Cyrillic ones, without those that look like a letter already there. Each example has a font, turn, size and place
of its own.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import torch
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from metaedu_plugin.training.meta import Tasks

SIZE, FINE = 20, 40
"""Pixels of an image, and of the canvas that it is drawn on."""
FAMILIES = ("DejaVuSans", "DejaVuSerif", "STIXGeneral")
ALIKE = 0.9
"""Correlation of two letters cut to the same size from which on they look the same."""


def alphabets(seed: int = 0) -> tuple[Tensor, Tensor]:
    """Images `[letters, fonts, 1, SIZE, SIZE]` from 0 to 1, to train with and to test with."""
    folder = Path(get_data_path()) / "fonts" / "ttf"
    paths = sorted(path for path in folder.glob("*.ttf") if path.name.startswith(FAMILIES))
    paths = [path for path in paths if "Display" not in path.name]
    common = set.intersection(*(set(FT2Font(str(path)).get_charmap()) for path in paths))
    letters = [chr(code) for code in sorted(common) if unicodedata.category(chr(code)) in ("Lu", "Ll")]
    fonts = [ImageFont.truetype(str(path), FINE * 5 // 8) for path in paths]
    latin, other = _different(letters, fonts[paths.index(folder / "DejaVuSans.ttf")])
    rng = np.random.default_rng(seed)
    return _drawn(latin, fonts, rng), _drawn(other, fonts, rng)


def tasks(images: Tensor, generator: torch.Generator, *, n: int, ways: int, shots: int, queries: int) -> Tasks:
    """N tasks: `ways` letters each, told apart by `shots` examples, no two by the same font."""
    support, query = [], []
    for _ in range(n):
        chosen = images[torch.randperm(len(images), generator=generator)[:ways]]
        order = torch.rand(chosen.shape[:2], generator=generator).argsort(1)[:, : shots + queries]
        rows = chosen[torch.arange(ways).unsqueeze(1), order]
        support.append(rows[:, :shots].flatten(0, 1))
        query.append(rows[:, shots:].flatten(0, 1))
    labels = torch.arange(ways)
    support_y, query_y = (labels.repeat_interleave(k).repeat(n, 1) for k in (shots, queries))
    return Tasks(torch.stack(support), support_y, torch.stack(query), query_y)


def _different(letters: list[str], font: ImageFont.FreeTypeFont) -> tuple[list[str], list[str]]:
    """Latin letters, and Greek and Cyrillic ones, each unlike those before it."""
    shapes: list[NDArray[np.float64]] = []
    kept: dict[bool, list[str]] = {True: [], False: []}
    for letter in sorted(letters, key=lambda letter: not unicodedata.name(letter).startswith("LATIN")):
        script = unicodedata.name(letter).split()[0]
        if script not in ("LATIN", "GREEK", "CYRILLIC"):
            continue
        image = Image.new("L", (2 * FINE, 2 * FINE))
        ImageDraw.Draw(image).text((FINE, FINE), letter, 255, font, anchor="mm")
        shape = np.asarray(image.crop(image.getbbox()).resize((16, 16)), float).ravel()
        shape = (shape - shape.mean()) / np.linalg.norm(shape - shape.mean())
        if script != "LATIN" and any(shape @ other > ALIKE for other in shapes):
            continue
        shapes.append(shape)
        kept[script == "LATIN"].append(letter)
    return kept[True], kept[False]


def _drawn(letters: list[str], fonts: list[ImageFont.FreeTypeFont], rng: np.random.Generator) -> Tensor:
    images = np.zeros((len(letters), len(fonts), 1, SIZE, SIZE), np.float32)
    for i, letter in enumerate(letters):
        for j, font in enumerate(fonts):
            image = Image.new("L", (FINE, FINE))
            place = FINE / 2 + rng.uniform(-FINE / 10, FINE / 10, 2)
            ImageDraw.Draw(image).text(tuple(place), letter, 255, font, anchor="mm")
            margin = rng.uniform(-FINE / 10, FINE / 10)
            box = (margin, margin, FINE - margin, FINE - margin)
            image = image.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR)
            image = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR, box=None if margin < 0 else box)
            images[i, j, 0] = np.asarray(image, np.float32) / 255
    return torch.from_numpy(images)
