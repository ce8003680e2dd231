"""Inputs from the columns of a table, by the names that the presentation gives them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pytest
from jaxtyping import Float32
from torch import Tensor

from my_project.engine.core.errors import InputError
from my_project.engine.definitions.definition import Definition, Metrics
from my_project.engine.definitions.presentation import Presentation


class Numbers(NamedTuple):
    x: Float32[Tensor, "batch features"]


@dataclass(frozen=True)
class Measured(Definition[Numbers, Numbers, Numbers, Numbers]):
    def sizes(self) -> dict[str, int]:
        return {"features": 2}

    def metrics(self) -> Metrics:
        raise NotImplementedError

    def metric_inputs(self, output: Numbers, target: Numbers) -> tuple[Tensor, Tensor]:
        raise NotImplementedError


class NamedColumns(Presentation[Numbers, Numbers, Numbers, Numbers]):
    def column_names(self, field: str, count: int) -> Sequence[str]:
        return ["width", "height"]


def test_columns_of_inputs_have_the_names_of_the_presentation() -> None:
    default, named = Presentation(Measured()), NamedColumns(Measured())
    expected = [1.5, 2.0]
    assert default.load_input({"x_0": "1.5", "x_1": "2"}).x.tolist() == expected
    assert named.load_input({"height": "2", "name": "a", "width": "1.5"}).x.tolist() == expected
    assert all(presentation.load_input(expected).x.tolist() == expected for presentation in (default, named))
    with pytest.raises(InputError, match=r"Column x_0 is missing .*override Presentation\.column_names"):
        default.load_input({"width": "1.5", "height": "2"})
    with pytest.raises(InputError, match="An input has 3 numbers, expected 2"):
        named.load_input([1.0, 2.0, 3.0])
