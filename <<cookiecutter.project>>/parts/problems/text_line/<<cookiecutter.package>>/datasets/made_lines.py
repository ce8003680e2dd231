"""Made lines: English words in the fonts that come with matplotlib."""

import string
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from annotated_types import Ge
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from torch import Tensor

from ..definitions.text_line import PAPER, TextLine
from ..engine.datasets.dataset import Dataset, Meta, SplitName

ALPHABET = string.ascii_letters + string.digits + " .,;:()'-"
HELD_OUT = ("DejaVuSerif-Italic", "DejaVuSansMono-Bold", "STIXGeneralBol", "cmss10")
FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono",
    "DejaVuSansMono-Oblique", "DejaVuSerif", "DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralItalic", "cmtt10",
)  # fmt: skip
SEEDS: dict[SplitName, int] = {"train": 1, "test": 2}
Token = tuple[SplitName, int]


class MadeLines(Dataset[Token]):
    """One to `words` words of Python's help texts (`pydoc_data`) in one of 11 fonts, slanted, blurred and noisy.

    Four more fonts are held out. Tokens are split and number.

    Args:
        count: Training lines; a tenth as many are test lines.
        words: Words of the longest line.
        fonts: Those of training ("seen"), or the four others ("held_out").
        height: Height in pixels to which lines are scaled.
    """

    def __init__(
        self,
        count: Annotated[int, Ge(20)] = 6000,
        words: Annotated[int, Ge(1)] = 4,
        fonts: Literal["seen", "held_out"] = "seen",
        height: Annotated[int, Ge(8)] = 32,
    ) -> None:
        super().__init__()
        self.words, self.height = words, height
        self.fonts = FONTS if fonts == "seen" else HELD_OUT
        self.counts: dict[SplitName, int] = {"train": count, "val": 0, "test": count // 10}

    def definition(self) -> TextLine:
        return TextLine(ALPHABET, self.height)

    def tokens(self, split: SplitName) -> Sequence[Token]:
        return [(split, number) for number in range(self.counts[split])]

    @cached_property
    def vocabulary(self) -> list[str]:
        """Words in the order of the text."""
        from pydoc_data.topics import topics

        return [
            word for text in topics.values() for word in text.split() if len(word) < 15 and set(word) < set(ALPHABET)
        ]

    def get_symbols(self, token: Token) -> str:
        draws = np.random.default_rng((SEEDS[token[0]], token[1]))
        count, start = int(draws.integers(1, self.words + 1)), int(draws.integers(len(self.vocabulary) - self.words))
        return " ".join(self.vocabulary[start : start + count])

    def get_line(self, token: Token) -> Tensor:
        name, draws = self._font(token)
        return draw(self.get_symbols(token), font(name, int(draws.integers(20, 33))), draws)

    def meta(self, token: Token) -> Meta:
        return {"font": self._font(token)[0]}

    def _font(self, token: Token) -> tuple[str, np.random.Generator]:
        """Font of a line, and the generator of its further draws."""
        draws = np.random.default_rng((10 + SEEDS[token[0]], token[1]))
        return str(draws.choice(self.fonts)), draws


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Font of matplotlib by its name, `size` pixels high."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", size)


def draw(text: str, font: ImageFont.FreeTypeFont, draws: np.random.Generator) -> Tensor:
    """Gray image (1, H, W) uint8 of a text."""
    left, top, right, bottom = font.getbbox(text)
    margin = [int(each) for each in draws.integers(2, 7, 4)]
    size = (int(right - left) + margin[0] + margin[1], int(bottom - top) + margin[2] + margin[3])
    image = Image.new("L", size, PAPER)
    ImageDraw.Draw(image).text((margin[0] - left, margin[2] - top), text, font=font, fill=int(draws.integers(0, 90)))
    slant = draws.uniform(-0.15, 0.15)
    slanted = (1, slant, -slant * size[1] / 2, 0, 1, 0)
    image = image.transform(size, Image.Transform.AFFINE, slanted, Image.Resampling.BILINEAR, fillcolor=PAPER)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(draws.uniform(0, 0.9))), np.float64)
    noisy = pixels - draws.uniform(0, 40) + draws.normal(0, draws.uniform(2, 16), pixels.shape)
    return torch.from_numpy(noisy.clip(0, 255).astype(np.uint8)).unsqueeze(0)
