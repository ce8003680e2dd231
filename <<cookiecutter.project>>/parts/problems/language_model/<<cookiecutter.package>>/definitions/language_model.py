"""Language model of characters: a text in, the next characters out."""

from dataclasses import dataclass

from ..engine.definitions.definition import Definition
from ..engine.definitions.tokens import Tokens


@dataclass(frozen=True)
class LanguageModel(Tokens):
    """Texts of up to `context` characters of an `alphabet`."""

    def incompatibility(self, other: Definition) -> str | None:
        if not isinstance(other, LanguageModel):
            return super().incompatibility(other)
        if unknown := sorted(set(other.alphabet) - set(self.alphabet)):
            return f"the characters {''.join(unknown[:20])!r}, which the training text does not have"
        return None if other.context <= self.context else f"{other.context} characters, expected up to {self.context}"
