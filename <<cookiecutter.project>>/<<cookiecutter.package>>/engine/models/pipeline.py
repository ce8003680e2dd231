"""Pipeline: pre-processing, network and post-processing, the same for training, testing and every later verb."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import Parameter, signature
from typing import Any, Generic, Literal, get_args

import torch
from torch import Tensor, nn

from ..core.errors import InputError
from ..definitions.definition import Definition, InputT, OutputT, PredictionT, Sample, TargetT

Mode = Literal["train", "val", "test", "predict"]
MODES: tuple[Mode, ...] = get_args(Mode)
PARTS = ("network", "preprocess", "postprocess")
Factory = Callable[..., Any]
"""A class, or a `functools.partial` of one with plain arguments; it is called with the definition."""


class Pipeline(nn.Module, Generic[InputT, TargetT, OutputT, PredictionT]):
    """Cached transformers, pre-processing, network and post-processing around one definition.

    The network takes the input's fields by name, as many as its `forward` names, and returns the prediction: its one
    tensor, or a mapping by field name. `parts` remembers how each part was made, for the checkpoint.

    A cached transformer takes a sample and gives it changed, or None to drop it. `modes` names those that do not work
    in all of train, val, test and predict.

    Raises:
        InputError: the network wants a field that the input has not, or `modes` names what there is not.
    """

    def __init__(
        self,
        definition: Definition[InputT, TargetT, OutputT, PredictionT],
        network: Factory,
        preprocess: Factory,
        postprocess: Factory,
        cached: Mapping[str, Factory] | None = None,
        modes: Mapping[str, Sequence[Mode]] | None = None,
    ) -> None:
        super().__init__()
        self.definition = definition
        self.parts = {"network": network, "preprocess": preprocess, "postprocess": postprocess}
        self.cached_parts = dict(cached or {})
        self.cached = {name: part(definition) for name, part in self.cached_parts.items()}
        self.modes = dict(modes or {})
        self._check_modes()
        self.preprocess: nn.Module = preprocess(definition)
        self.network: nn.Module = network(definition)
        self.postprocess: nn.Module = postprocess(definition)
        self.fields = self._fields_of_network()

    def _fields_of_network(self) -> list[str]:
        known, kind = self.definition.Input._fields, type(self.network).__name__
        wanted = signature(self.network.forward).parameters.values()
        for parameter in wanted:
            if parameter.name not in known and parameter.default is Parameter.empty:
                raise InputError(
                    f"{kind}.forward takes '{parameter.name}', but {self.definition.Input.__name__} has only "
                    f"{', '.join(known)}: name the network's arguments as the input's fields."
                )
        return [parameter.name for parameter in wanted if parameter.name in known]

    def _check_modes(self) -> None:
        for name, modes in self.modes.items():
            if name not in self.cached:
                known = ", ".join(self.cached) or "none"
                raise InputError(f"transformer.modes.{name}: there is no such cached transformer, known: {known}.")
            if wrong := set(modes) - set(MODES):
                raise InputError(
                    f"transformer.modes.{name} has {', '.join(wrong)}, expected some of {', '.join(MODES)}."
                )

    def working(self, mode: Mode) -> list[str]:
        """The cached transformers that work in a mode."""
        return [name for name in self.cached if mode in self.modes.get(name, MODES)]

    def prepare(self, sample: Sample[InputT, TargetT], mode: Mode) -> Sample[InputT, TargetT] | None:
        """A raw sample through the cached transformers of a mode; None where one dropped it."""
        prepared: Sample[InputT, TargetT] | None = sample
        for name in self.working(mode):
            prepared = None if prepared is None else self.cached[name](prepared)
        return prepared

    def fit(self, input: InputT, new: bool = True) -> None:
        """Let the pre-processing take what it needs (mean, deviation) from the training split, where it needs any, and,
        for a `new` training, the network the weights with which it begins, where it has its own way to get them.
        """
        if callable(fit := getattr(self.preprocess, "fit", None)):
            fit(input)
        if new and callable(initialize := getattr(self.network, "initialize", None)):
            initialize()

    def forward(self, input: InputT) -> OutputT:
        """Input tuple, as the cached transformers return it, to output tuple."""
        fields = self.preprocess(input)
        return self._as_output(self.network(**{name: getattr(fields, name) for name in self.fields}))

    def _as_output(self, output: Tensor | Mapping[str, Tensor]) -> OutputT:
        kind = self.definition.Output
        if isinstance(output, Tensor) and len(kind._fields) == 1:
            return kind._make([output])
        if isinstance(output, Mapping) and set(output) == set(kind._fields):
            return kind._make(output[name] for name in kind._fields)
        found = f"a mapping with {', '.join(output)}" if isinstance(output, Mapping) else type(output).__name__
        raise InputError(
            f"{type(self.network).__name__}.forward gives {found}, expected a mapping with {', '.join(kind._fields)}"
            f"{', or the tensor itself' if len(kind._fields) == 1 else ''}."
        )

    def predict(self, input: InputT) -> PredictionT:
        """Input tuple to prediction tuple, in evaluation mode and without gradients."""
        with self.evaluating():
            prediction: PredictionT = self.postprocess(self(input))
        return prediction

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Evaluation mode without gradients, for a while; then each module has the mode it had."""
        training = {module: module.training for module in self.modules()}
        self.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            for module, mode in training.items():
                module.training = mode
