"""Answers to what a person hands over: files, arrays, images."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..datasets.batches import stack, take
from ..definitions.check import check_fields
from ..definitions.definition import Sample, Vote
from ..definitions.ragged import ragged_fields
from ..errors import InputError
from .artefact import Weights, check_same_way, load
from .saved import device_of, runs_of


class NoTarget(NamedTuple):
    """That of a sample to be answered."""


class Predictor:
    """Trained runs that answer together: `Predictor("logs/default/…")(["photo.jpg"])` is the definition's answer, with
    a row for each input. Of several runs it is their `vote`.

    Raises:
        InputError: a run cannot be loaded, or the runs differ in more than their networks.
    """

    def __init__(
        self, run: str | Sequence[str], device: str = "auto", weights: Weights = "best", vote: Vote = "mean"
    ) -> None:
        self.device, self.weights, self.vote = device_of(device), weights, vote
        self.runs = runs_of(run)
        self.pipelines = {name: load(path, self.device, weights) for name, path in self.runs.items()}
        check_same_way(self.pipelines)
        self.definition = next(iter(self.pipelines.values())).definition
        self.ragged = ragged_fields(self.definition)

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Answer tuple to inputs as the definition's `as_input` takes them.

        Raises:
            InputError: one is none.
        """
        return self.answer(self.stack([self.prepare(value) for value in inputs]))

    def rows(self, inputs: Sequence[Any], top: int = 3) -> list[dict[str, Any]]:
        """The same in words, a row an input."""
        return self.in_words(self(inputs), top)

    def prepare(self, value: Any) -> Sample:
        """One input, as the network's pre-processing wants it; this is the part that workers can do.

        Raises:
            InputError: it is none, or does not keep what the definition promises.
        """
        sample = Sample(0, 1.0, self.definition.as_input(value), None)
        prepared = next(iter(self.pipelines.values())).prepare(sample, "predict")
        named = str(value if isinstance(value, (str, Path)) else getattr(value, "name", "an input"))
        if prepared is None:
            raise InputError(f"A cached transformer drops {named}: leave it out.")
        # Here, and not in a batch, where it would be the error of all others too.
        check_fields(self.definition.Input, self.stack([prepared]), self.definition.sizes() | {"batch": 1}, named)
        return prepared

    def stack(self, samples: Sequence[Sample]) -> Any:
        """Prepared samples as one input tuple."""
        parts = [sample._replace(target=NoTarget()) for sample in samples]
        return take(stack(parts, self.ragged), slice(None)).input

    def answer(self, input: Any) -> Any:
        """Input tuple to answer tuple, on the CPU."""
        moved = type(input)(*(field.to(self.device, non_blocking=True) for field in input))
        answers = [pipeline.predict(moved) for pipeline in self.pipelines.values()]
        answer = answers[0] if len(answers) == 1 else self.definition.vote(answers, self.vote)
        return type(answer)(*(field.cpu() for field in answer))

    def in_words(self, answer: Any, top: int = 3) -> list[dict[str, Any]]:
        """The rows of an answer, as plain values by column."""
        columns = self.definition.columns(answer, top=top)
        values = [column.tolist() for column in columns.values()]
        return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
