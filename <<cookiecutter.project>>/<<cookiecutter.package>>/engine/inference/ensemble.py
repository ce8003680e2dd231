"""Ensembles of trained pipelines."""

from collections.abc import Mapping, Sequence
from typing import Generic

import torch

from ..checkpoints.checkpoint import check_same_preprocessing
from ..definitions.definition import Batch, Definition, InputT, OutputT, PredictionT, TargetT
from ..definitions.presentation import EnsembleMode
from ..models.pipeline import Pipeline
from .loop import run_batches


class Ensemble(Generic[InputT, TargetT, OutputT, PredictionT]):
    """One pipeline, or several by name that differ only in their networks.

    Raises:
        InputError: the pipelines differ in more than their networks.
    """

    def __init__(
        self, pipelines: Mapping[str, Pipeline[InputT, TargetT, OutputT, PredictionT]], mode: EnsembleMode = "mean"
    ) -> None:
        check_same_preprocessing(pipelines)
        self.pipelines, self.mode = pipelines, mode
        self.first = next(iter(pipelines.values()))

    @property
    def definition(self) -> Definition[InputT, TargetT, OutputT, PredictionT]:
        return self.first.definition

    @property
    def device(self) -> torch.device:
        return next(self.first.parameters()).device

    def predict(self, input: InputT) -> PredictionT:
        """Prediction for inputs on the device of the pipelines, in evaluation mode."""
        return self.combine([pipeline.predict(input) for pipeline in self.pipelines.values()])

    def generate(self, input: InputT) -> PredictionT:
        """Likewise the answer to inputs: a text is continued by several tokens, say."""
        return self.combine([pipeline.generate(input) for pipeline in self.pipelines.values()])

    def predict_batch(self, batch: Batch[InputT, TargetT]) -> PredictionT:
        """Prediction for a batch, from the CPU to the CPU."""
        return next(run_batches(self.predict, [batch.input], self.device))

    def combine(self, predictions: Sequence[PredictionT]) -> PredictionT:
        """Combine the predictions of the pipelines; a single one is returned unchanged.

        Raises:
            InputError: the predictions of this definition cannot be combined in this mode.
        """
        if len(predictions) == 1:
            return predictions[0]
        return self.definition.presentation().ensemble(predictions, self.mode)
