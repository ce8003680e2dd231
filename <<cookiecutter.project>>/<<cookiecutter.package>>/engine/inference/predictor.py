"""Predictions for files, arrays and images, from Python."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any, Generic, NamedTuple

import torch

from ..checkpoints.checkpoint import Weights, load
from ..checkpoints.runs import device_of, runs_of
from ..core.errors import InputError
from ..data.collate import stack_part
from ..definitions.check import check_fields
from ..definitions.definition import InputT, OutputT, PredictionT, Sample, TargetT
from ..definitions.fields import map_fields
from ..definitions.presentation import EnsembleMode
from ..definitions.ragged import ragged_fields
from ..models.pipeline import Pipeline
from .ensemble import Ensemble
from .inputs import Extensions
from .loop import run_batches

Value = str | int | float | None
Columns = dict[str, list[Value]]


class Predictor(Generic[InputT, TargetT, OutputT, PredictionT]):
    """Predictor with one trained pipeline, or an ensemble of several by name.

    `Predictor.load("logs/default/…")(["photo.jpg"])` is the definition's Prediction, with a row for each input.

    Raises:
        InputError: the pipelines differ in more than their networks.
    """

    def __init__(
        self, pipelines: Mapping[str, Pipeline[InputT, TargetT, OutputT, PredictionT]], ensemble: EnsembleMode = "mean"
    ) -> None:
        self.ensemble = Ensemble(pipelines, ensemble)
        self.definition, self.device = self.ensemble.definition, self.ensemble.device
        self.presentation = self.definition.presentation()
        self.ragged = ragged_fields(self.definition)
        self.extensions = Extensions(self.presentation.file_extensions, self.presentation.row_extensions)

    @classmethod
    def load(
        cls,
        run: str | Sequence[str],
        device: str = "auto",
        weights: Weights = "ema",
        ensemble: EnsembleMode = "mean",
        postprocess: Mapping[str, Any] | None = None,
    ) -> "Predictor[InputT, TargetT, OutputT, PredictionT]":
        """Load run folders or checkpoints, by paths and patterns. `postprocess`: other arguments of post-processing.

        Raises:
            InputError: one cannot be loaded, or its post-processing does not take the arguments.
        """
        chosen = device_of(device)
        pipelines = {name: load(path, chosen, weights) for name, path in runs_of(run).items()}
        for pipeline in pipelines.values() if postprocess else ():
            pipeline.change_postprocess(postprocess or {})
        return cls(pipelines, ensemble)

    def __call__(self, inputs: Sequence[object]) -> PredictionT:
        """Prediction for inputs as the presentation's `load_input` takes them, or for Input tuples of one sample.

        Raises:
            InputError: an input cannot be loaded.
        """
        return self.predict(self.stack([self.prepare(value) for value in inputs], "the inputs"))

    def rows(self, inputs: Sequence[object], top: int = 3) -> list[dict[str, Value]]:
        """Predictions as in `__call__`, as one dict per input."""
        return self.to_rows(self(inputs), top)

    def prepare(self, value: object) -> Sample[InputT, TargetT]:
        """Load one input and apply the cached transformers; this part can run in workers.

        Raises:
            InputError: the input cannot be loaded, or a cached transformer drops it.
        """
        raw = value if isinstance(value, self.definition.Input) else self.presentation.load_input(value)
        prepared = self.ensemble.first.prepare(Sample(0, 1.0, raw, None), "predict")
        if prepared is None:
            name = value if isinstance(value, str | Path) else getattr(value, "name", "an input")
            raise InputError(f"A cached transformer drops {name}: leave it out.")
        return prepared

    def stack(self, samples: Sequence[Sample[InputT, TargetT]], name: str) -> InputT:
        """Stack prepared samples into one input tuple; fields that differ in length are padded.

        `name` is used in the message.

        Raises:
            InputError: the samples do not fit the definition.
        """
        if not samples:
            raise InputError("There are no inputs, expected at least one.")
        fields: InputT = stack_part(samples, "input", self.ragged)
        padded = map_fields(lambda field: field[:], fields)
        check_fields(self.definition.Input, padded, self.definition.sizes() | {"batch": len(samples)}, name)
        return padded

    def predict(self, input: InputT, show: Callable[[str], object] | None = None) -> PredictionT:
        """Prediction for an input tuple, on the CPU. `show` gets the text of each piece of the answer to one input."""

        def each(piece: PredictionT) -> None:
            if show is not None:
                show(self.presentation.prediction_text(piece)[0])

        generate = self.ensemble.generate if show is None else partial(self.ensemble.first.generate, each=each)
        return next(run_batches(generate, [input], self.device))

    def columns(self, prediction: PredictionT, top: int = 3) -> Columns:
        """Prediction as columns of the presentation; of a calibrated run also the `set` of classes of each sample."""
        columns = {name: each.tolist() for name, each in self.presentation.to_columns(prediction, top=top).items()}
        return columns | self._sets(prediction)

    def _sets(self, prediction: PredictionT) -> Columns:
        sets_of = getattr(self.ensemble.first.postprocess, "prediction_sets", None)
        sets = sets_of(prediction) if callable(sets_of) and len(self.ensemble.pipelines) == 1 else None
        names = self.definition.class_names()
        return {} if sets is None else {"set": ["|".join(compress(names, row)) for row in sets.tolist()]}

    def to_rows(self, prediction: PredictionT, top: int = 3) -> list[dict[str, Value]]:
        """Prediction as rows of the presentation, one dict per input."""
        columns = self.columns(prediction, top)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def finite(prediction: NamedTuple) -> list[bool]:
    """Whether all numbers of each prediction are finite."""
    fields = [field.reshape(len(field), -1).isfinite().all(1) for field in prediction if field.is_floating_point()]
    return torch.stack(fields).all(0).tolist() if fields else [True] * len(prediction[0])
