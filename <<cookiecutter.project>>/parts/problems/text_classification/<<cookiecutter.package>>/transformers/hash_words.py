"""Cached: tokens from texts, without a vocabulary."""

import re
from typing import Annotated
from zlib import crc32

import torch
from annotated_types import Ge

from ..definitions.text_classification import TextClassification, TextInput
from ..engine.definitions.definition import Sample

WORD = re.compile(r"\w+|[^\w\s]")


class HashWords:
    """Split each text into up to `longest` words and marks in lower case, and hash each to a number of the vocabulary.

    No list of words must be kept, and there are no unknown words: two words may share a number.

    Source: Weinberger et al., Feature hashing for large scale multitask learning, 2009.
    """

    def __init__(self, definition: TextClassification, longest: Annotated[int, Ge(1)] = 512) -> None:
        self.vocabulary, self.longest = definition.vocabulary, longest

    def __call__(self, sample: Sample) -> Sample:
        texts: tuple[str, ...] = sample.input.tokens
        numbers = [self._numbers(text) for text in texts]
        part = [index for index, each in enumerate(numbers) for _ in each]
        tokens = [number for each in numbers for number in each]
        return sample._replace(input=TextInput(torch.tensor(tokens), torch.tensor(part)))

    def _numbers(self, text: str) -> list[int]:
        words = WORD.findall(text.lower())[: self.longest] or [""]
        return [1 + crc32(word.encode()) % (self.vocabulary - 1) for word in words]
