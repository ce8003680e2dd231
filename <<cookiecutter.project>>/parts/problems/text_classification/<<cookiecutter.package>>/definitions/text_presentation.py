"""Texts in pictures, and as inputs of predictions."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from torch import Tensor

from ..engine.core.errors import InputError, shortened
from ..engine.definitions.classes_presentation import ClassesPresentation
from ..engine.definitions.presentation import Record
from .encoder_files import load_tokenizer
from .text_classification import TextClassification, TextInput


class TextPresentation(ClassesPresentation[TextInput]):
    """Samples are texts with a class."""

    definition: TextClassification
    row_extensions = frozenset({".csv", ".jsonl", ".parquet", ".txt"})

    def columns(self) -> Sequence[str]:
        return self.definition.texts

    def load_input(self, record: Record) -> TextInput:
        """Texts of a record: a text, a sequence of texts, or a row with the columns `definition.texts`.

        Raises:
            InputError: a text is missing or empty.
        """
        names = self.definition.texts
        if isinstance(record, Mapping):
            if absent := [name for name in names if not isinstance(record.get(name), str)]:
                raise InputError(f"Column {absent[0]} has no text; the columns are {shortened(', '.join(record))}.")
            record = [str(record[name]) for name in names]
        texts: Sequence[Any] = [record] if isinstance(record, str) else list(record)  # type: ignore[call-overload]
        if len(texts) != len(names) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise InputError(f"An input has {len(names)} texts ({', '.join(names)}), each with at least one word.")
        return raw_input(texts)

    def input_text(self, input: TextInput) -> str:
        """Texts of a raw sample, or of the tokens of a prepared one: without a tokenizer, their numbers."""
        if not isinstance(input.tokens, Tensor):
            return "\n".join(input.tokens)
        numbers = input.tokens[: None if input.length is None else int(input.length)].tolist()
        return " ".join(map(str, numbers)) if self._tokenizer is None else str(self._tokenizer.decode(numbers))

    @cached_property
    def _tokenizer(self) -> Any:
        """`tokenizers.Tokenizer` of the definition; None without one, and of stored predictions."""
        file = self.definition.tokenizer
        return None if file is None or file.content is None else load_tokenizer(file)

    def picture(self, input: TextInput) -> Tensor | None:
        return None


def raw_input(texts: Sequence[str]) -> TextInput:
    """Input of texts that are not yet tokens."""
    raw: Any = tuple(texts)
    return TextInput(raw, raw)
