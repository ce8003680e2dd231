"""Answers to what a person hands over: files, arrays, images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from ..checkpoints.checkpoint import Weights, check_same_preprocessing, load
from ..checkpoints.runs import device_of, runs_of
from ..core.errors import InputError
from ..data.collate import stack_part
from ..definitions.check import check_fields
from ..definitions.definition import EnsembleMode, Sample
from ..definitions.ragged import ragged_fields
from ..models.pipeline import Pipeline

Columns = dict[str, list[Any]]


class Predictor:
    """Trained pipelines that answer together: `Predictor.load("logs/default/…")(["photo.jpg"])` is the definition's
    answer, with a row for each input. Of several pipelines, by their names, it is their `ensemble`.

    Raises:
        InputError: the pipelines differ in more than their networks.
    """

    def __init__(self, pipelines: Mapping[str, Pipeline], ensemble: EnsembleMode = "mean") -> None:
        check_same_preprocessing(pipelines)
        self.pipelines, self.ensemble = pipelines, ensemble
        self.first = next(iter(pipelines.values()))
        self.definition = self.first.definition
        self.device = next(self.first.parameters()).device
        self.ragged = ragged_fields(self.definition)

    @classmethod
    def load(
        cls, run: str | Sequence[str], device: str = "auto", weights: Weights = "ema", ensemble: EnsembleMode = "mean"
    ) -> Self:
        """Run folders or checkpoints, by paths and patterns.

        Raises:
            InputError: one cannot be loaded.
        """
        place = device_of(device)
        return cls({name: load(path, place, weights) for name, path in runs_of(run).items()}, ensemble)

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Answer tuple to inputs as the definition's `load_input` takes them, or to its Input tuples of one sample.

        Raises:
            InputError: one is none.
        """
        return self.predict(self.stack([self.prepare(value) for value in inputs], "the inputs"))

    def rows(self, inputs: Sequence[Any], top: int = 3) -> list[dict[str, Any]]:
        """The same in words, a row an input."""
        return self.to_rows(self(inputs), top)

    def prepare(self, value: Any) -> Sample:
        """One input, as the network's pre-processing wants it; this is the part that workers can do.

        Raises:
            InputError: it is none.
        """
        raw = value if isinstance(value, self.definition.Input) else self.definition.load_input(value)
        prepared = self.first.prepare(Sample(0, 1.0, raw, None), "predict")
        named = str(value if isinstance(value, (str, Path)) else getattr(value, "name", "an input"))
        if prepared is None:
            raise InputError(f"A cached transformer drops {named}: leave it out.")
        return prepared

    def stack(self, samples: Sequence[Sample], named: str) -> Any:
        """Prepared samples as one input tuple; what differs in length is filled up.

        Raises:
            InputError: they do not keep what the definition promises.
        """
        fields = stack_part(samples, "input", self.ragged)
        filled = type(fields)(*(field[:] for field in fields))
        check_fields(self.definition.Input, filled, self.definition.sizes() | {"batch": len(samples)}, named)
        return filled

    def predict(self, input: Any) -> Any:
        """Input tuple to answer tuple, on the CPU."""
        moved = type(input)(*(field.to(self.device, non_blocking=True) for field in input))
        predictions = [pipeline.predict(moved) for pipeline in self.pipelines.values()]
        prediction = predictions[0] if len(predictions) == 1 else self.definition.ensemble(predictions, self.ensemble)
        return type(prediction)(*(field.cpu() for field in prediction))

    def columns(self, prediction: Any, top: int = 3) -> Columns:
        """What an answer says in words, as lists by column."""
        return {name: column.tolist() for name, column in self.definition.to_columns(prediction, top=top).items()}

    def to_rows(self, prediction: Any, top: int = 3) -> list[dict[str, Any]]:
        """The same, a row an input."""
        columns = self.columns(prediction, top)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def finite(prediction: Any) -> list[bool]:
    """For each sample, whether all numbers of its answer are."""
    fields = [field.reshape(len(field), -1).isfinite().all(1) for field in prediction if field.is_floating_point()]
    return torch.stack(fields).all(0).tolist() if fields else [True] * len(prediction[0])
