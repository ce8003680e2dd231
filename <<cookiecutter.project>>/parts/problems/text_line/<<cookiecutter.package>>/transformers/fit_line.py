"""Cached: scale a line to the definition's height, and spell its text."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..definitions.text_line import LineInput, TextLine
from ..engine.core.errors import InputError
from ..engine.definitions.definition import Sample
from ..engine.definitions.image_file import to_gray
from ..engine.definitions.sequences import Sequences, TextTarget


class FitLine:
    """Convert a line, (1 or 3, H, W) uint8, to gray columns (W, H) of the definition's height, in proportion."""

    def __init__(self, definition: TextLine) -> None:
        self.height = definition.height

    def __call__(self, sample: Sample) -> Sample:
        image: Tensor = sample.input.line
        gray = to_gray(image) if len(image) == 3 else image
        size = [self.height, max(round(gray.shape[2] * self.height / gray.shape[1]), 1)]
        if list(gray.shape[1:]) != size:
            gray = interpolate(gray[None], size, mode="bilinear", antialias=True)[0]
        return sample._replace(input=LineInput(gray[0].T.contiguous()))


class Spell:
    """Convert a text to the numbers of its characters in the alphabet."""

    def __init__(self, definition: Sequences) -> None:
        self.numbers = {letter: number for number, letter in enumerate(definition.alphabet, 1)}

    def __call__(self, sample: Sample) -> Sample:
        if sample.target is None:
            return sample
        text: str = sample.target.symbols
        if unknown := sorted(set(text) - set(self.numbers)):
            raise InputError(f"Sample {sample.id} has the character {unknown[0]!r}, which is not in the alphabet.")
        symbols = torch.tensor([self.numbers[letter] for letter in text], dtype=torch.int64)
        return sample._replace(target=TextTarget(symbols))
