"""Rows of tables: numbers and categories in, a class or numbers out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Bool, Float32, Int64
from torch import Tensor

from ..engine.definitions.classes import Classes
from ..engine.definitions.numbers import Numbers

if TYPE_CHECKING:
    from .tabular_presentation import TabularClassesPresentation, TabularNumbersPresentation


class RowInput(NamedTuple):
    """`numbers` are 0 where `present` is false. `categories` count from 1 in each column; 0 is missing or unknown."""

    numbers: Float32[Tensor, "batch numbers"]
    present: Bool[Tensor, "batch numbers"]
    categories: Annotated[Int64[Tensor, "batch categories"], Interval(ge=0, lt="levels")]


@dataclass(frozen=True)
class Tabular(ABC):
    """`numbers`, `categories`: names of columns. `levels`: values of each column of categories, in their order."""

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]

    @property
    def most_levels(self) -> int:
        """Values that a category may have, with that of missing ones."""
        return 1 + max(map(len, self.levels), default=0)

    @abstractmethod
    def output_size(self) -> int:
        """Numbers that the network gives for a row."""

    def input_sizes(self) -> dict[str, int]:
        """Sizes of the axes of the input."""
        return {"numbers": len(self.numbers), "categories": len(self.categories), "levels": self.most_levels}


@dataclass(frozen=True)
class TabularClasses(Tabular, Classes[RowInput]):
    """A class for each row."""

    def sizes(self) -> dict[str, int]:
        return self.input_sizes() | super().sizes()

    def output_size(self) -> int:
        return len(self.classes)

    def presentation(self) -> "TabularClassesPresentation":
        from .tabular_presentation import TabularClassesPresentation

        return TabularClassesPresentation(self)


@dataclass(frozen=True)
class TabularNumbers(Tabular, Numbers[RowInput]):
    """One or more numbers for each row."""

    def sizes(self) -> dict[str, int]:
        return self.input_sizes() | super().sizes()

    def output_size(self) -> int:
        return len(self.outputs)

    def presentation(self) -> "TabularNumbersPresentation":
        from .tabular_presentation import TabularNumbersPresentation

        return TabularNumbersPresentation(self)
