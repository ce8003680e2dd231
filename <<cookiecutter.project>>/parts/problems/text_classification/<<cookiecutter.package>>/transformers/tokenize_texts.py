"""Cached: tokens from texts."""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from annotated_types import Ge

from ..definitions.encoder_files import load_tokenizer
from ..definitions.text_classification import TextClassification, TextInput
from ..engine.definitions.definition import Sample
from .hash_words import hash_words


class TokenizeTexts:
    """Split each text into up to `longest` tokens: those of the definition's tokenizer, or else hashed words.

    A pretrained encoder gets its special tokens, and a pair as one sequence of up to `longest` tokens.
    """

    def __init__(self, definition: TextClassification, longest: Annotated[int, Ge(1)] = 512) -> None:
        self.vocabulary, self.longest = definition.vocabulary, longest
        self.is_encoder = definition.architecture is not None
        self.tokenizer: Any = None if definition.tokenizer is None else load_tokenizer(definition.tokenizer)
        if self.tokenizer is not None:
            self.tokenizer.no_padding()
            self.tokenizer.enable_truncation(longest)

    def __call__(self, sample: Sample) -> Sample:
        texts: tuple[str, ...] = sample.input.tokens
        if self.is_encoder:
            encoding = self.tokenizer.encode(*texts)
            return _with(sample, encoding.ids, encoding.type_ids)
        numbers = [self._numbers(text) for text in texts]
        part = [index for index, each in enumerate(numbers) for _ in each]
        return _with(sample, [token for each in numbers for token in each], part)

    def _numbers(self, text: str) -> list[int]:
        if self.tokenizer is None:
            return hash_words(text, self.vocabulary, self.longest)
        return self.tokenizer.encode(text, add_special_tokens=False).ids or [0]


def _with(sample: Sample, tokens: Sequence[int], part: Sequence[int]) -> Sample:
    return sample._replace(input=TextInput(torch.tensor(tokens), torch.tensor(part)))
