"""Differences between the predictions of a file and those of its checkpoint."""

from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple

import pytest
import torch
from annotated_types import Interval
from jaxtyping import Float, Int64
from torch import Tensor

from my_project.engine.core.errors import InputError
from my_project.engine.inference.export import differences


class Classes(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Interval(ge=0, lt="classes")]
    probability: Float[Tensor, "batch classes"]


def test_classes_may_differ_where_they_tie() -> None:
    definition: Any = SimpleNamespace(Prediction=Classes)
    probability = torch.tensor([[0.4, 0.4, 0.2], [0.5, 0.3, 0.2]])
    right = Classes(torch.tensor([0, 0]), probability)

    def apart(label: list[int], by: float = 0.0, dtype: torch.dtype = torch.int64) -> dict[str, float]:
        found = {"label": torch.tensor(label, dtype=dtype), "probability": probability + by}
        return differences(definition, right, found, 1e-4)

    assert apart([0, 0]) == {"label": 0, "probability": 0}
    assert apart([1, 0])["label"] == 0
    assert apart([2, 0])["label"] == 2
    assert apart([0, 1])["label"] == 1
    assert apart([0, 7])["label"] == 7
    assert apart([0, 0], 0.25)["probability"] == pytest.approx(0.25)
    assert not apart([0, 0], float("nan"))["probability"] <= 1e-4
    with pytest.raises(InputError, match="expected"):
        apart([0, 0], dtype=torch.int32)
