"""Running texts, cut into windows."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from ..definitions.language_model import LanguageModel
from ..engine.core.errors import InputError, first_line
from ..engine.datasets.dataset import Dataset, SplitName

SHARES: dict[SplitName, tuple[float, float]] = {"train": (0.0, 0.8), "val": (0.8, 0.9), "test": (0.9, 1.0)}


class RunningText(Dataset[int]):
    """Windows of `context` characters of a text, next to each other: the first 80 % of the text for training, 10 % for
    validation, the last 10 % for the test. Tokens are the places of their first characters.
    """

    context: int

    @abstractmethod
    def read(self) -> str:
        """The whole text."""

    @cached_property
    def text(self) -> str:
        """The whole text, long enough for each split.

        Raises:
            InputError: it is too short.
        """
        text = self.read()
        if len(text) < 20 * (self.context + 1):
            raise InputError(
                f"The text has {len(text)} characters, expected at least {20 * (self.context + 1)} for windows of "
                f"{self.context}: add text, or lower context."
            )
        return text

    @cached_property
    def numbers(self) -> Tensor:
        """Number of each character of the text in the alphabet."""
        order = {letter: number for number, letter in enumerate(self.definition().alphabet)}
        return torch.tensor([order[letter] for letter in self.text])

    def definition(self) -> LanguageModel:
        return LanguageModel("".join(sorted(set(self.text))), self.context)

    def tokens(self, split: SplitName) -> Sequence[int]:
        first, last = (int(share * len(self.text)) for share in SHARES[split])
        return range(first, last - self.context, self.context)

    def get_tokens(self, token: int) -> Tensor:
        return self.numbers[token : token + self.context]

    def get_next(self, token: int) -> Tensor:
        return self.numbers[token + 1 : token + 1 + self.context]


class HelpTexts(RunningText):
    """Python's help texts (`pydoc_data`): 465,000 characters of English about a programming language."""

    def __init__(self, context: Annotated[int, Ge(8)] = 128) -> None:
        super().__init__()
        self.context = context

    def read(self) -> str:
        from pydoc_data.topics import topics

        return "\n".join(topics.values())


class TextFile(RunningText):
    """The file <root>/<file>.

    Args:
        root: Folder of the file.
        file: Its name.
        context: Characters of a sample.
        encoding: Encoding of the file.
    """

    def __init__(
        self,
        root: str = "data",
        file: str = "text.txt",
        context: Annotated[int, Ge(8)] = 128,
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(root)
        self.path, self.context, self.encoding = self.root / file, context, encoding

    def read(self) -> str:
        try:
            return self.path.read_text(encoding=self.encoding)
        except FileNotFoundError as error:
            raise InputError(f"There is no file {self.path}: add it, or correct its name in the dataset.") from error
        except (OSError, LookupError, UnicodeDecodeError) as error:
            raise InputError(f"{self.path} cannot be read as {self.encoding} ({first_line(error)}).") from error

    def source_files(self) -> Sequence[Path]:
        return [self.path]
