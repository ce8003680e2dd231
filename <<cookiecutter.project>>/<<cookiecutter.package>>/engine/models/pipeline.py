"""Pipeline of pre-processing, network and post-processing, the same for training, evaluation and prediction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from inspect import Parameter, signature
from typing import Any, Generic, Literal, get_args

import torch
from torch import Tensor, nn

from ..core.errors import InputError, failure, first_line
from ..definitions.definition import Definition, InputT, OutputT, PredictionT, Sample, TargetT

Mode = Literal["train", "val", "test", "predict"]
MODES: tuple[Mode, ...] = get_args(Mode)
PARTS = ("network", "preprocess", "postprocess")
ModuleFactory = Callable[..., nn.Module]
"""Class, or `functools.partial` of one with plain arguments, called with the definition."""
TransformerFactory = Callable[..., Callable[[Sample[InputT, TargetT]], Sample[InputT, TargetT] | None]]
"""Likewise, of a cached transformer."""


class Pipeline(nn.Module, Generic[InputT, TargetT, OutputT, PredictionT]):
    """Cached transformers, pre-processing, network and post-processing around one definition.

    The network takes the input fields that its `forward` names, and returns the output: its only tensor, or a mapping
    by field name. Without `preprocess` (None) it gets them unchanged. `parts` holds the factory of each part, for the
    checkpoint.

    A cached transformer returns the changed sample, or None to drop it. `modes` lists the modes (train, val, test,
    predict) of those that are not applied in all of them.

    Raises:
        InputError: a part is not a factory, `forward` takes a field that the input does not have, or `modes` has an
            unknown transformer or mode.
    """

    def __init__(
        self,
        definition: Definition[InputT, TargetT, OutputT, PredictionT],
        network: ModuleFactory,
        preprocess: ModuleFactory | None,
        postprocess: ModuleFactory,
        cached: Mapping[str, TransformerFactory[InputT, TargetT]] | None = None,
        modes: Mapping[str, Sequence[Mode]] | None = None,
    ) -> None:
        super().__init__()
        preprocess = preprocess or nn.Identity
        self.definition = definition
        self.parts = {"network": network, "preprocess": preprocess, "postprocess": postprocess}
        self.cached_parts = dict(cached or {})
        self._check_factories()
        self.cached = {name: part(definition) for name, part in self.cached_parts.items()}
        self.modes = dict(modes or {})
        self._check_modes()
        self.preprocess: nn.Module = preprocess(definition)
        self.network: nn.Module = network(definition)
        self.postprocess: nn.Module = postprocess(definition)
        self.fields = self._fields_of_network()

    def _fields_of_network(self) -> list[str]:
        known, name = self.definition.Input._fields, type(self.network).__name__
        parameters = signature(self.network.forward).parameters.values()
        for parameter in parameters:
            if parameter.name not in known and parameter.default is Parameter.empty:
                raise InputError(
                    f"{name}.forward takes '{parameter.name}', but {self.definition.Input.__name__} has only "
                    f"{', '.join(known)}: name the network's arguments as the input's fields."
                )
        return [parameter.name for parameter in parameters if parameter.name in known]

    def _check_factories(self) -> None:
        for name, part in {**self.parts, **self.cached_parts}.items():
            if isinstance(part, nn.Module) or not callable(part):
                raise InputError(
                    f"{name} is an object of {type(part).__name__}, expected its class, or functools.partial of the "
                    "class with arguments: it is called with the definition."
                )

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
        """Names of the cached transformers that are applied in a mode."""
        return [name for name in self.cached if mode in self.modes.get(name, MODES)]

    def prepare(self, sample: Sample[InputT, TargetT], mode: Mode) -> Sample[InputT, TargetT] | None:
        """Apply the cached transformers of a mode to a raw sample; None if one of them drops it."""
        prepared: Sample[InputT, TargetT] | None = sample
        for name in self.working(mode):
            prepared = None if prepared is None else self.cached[name](prepared)
        return prepared

    def fit(self, input: InputT, target: TargetT | None = None, new: bool = True) -> None:
        """Fit the pre-processing to the training split (mean, std), and initialize the network of a `new` training: by
        its `initialize()`, and by `fit_target(target)` to the scale of the targets.

        Parts without these methods are left unchanged.
        """
        if callable(fit := getattr(self.preprocess, "fit", None)):
            fit(input)
        if new and callable(initialize := getattr(self.network, "initialize", None)):
            initialize()
        if new and target is not None and callable(fit := getattr(self.network, "fit_target", None)):
            try:
                fit(target)
            except (AttributeError, TypeError) as error:
                raise failure(f"{type(self.network).__name__}.fit_target(target) fails", error) from error

    def forward(self, input: InputT) -> OutputT:
        """Map an input tuple, as the cached transformers return it, to an output tuple."""
        fields = self.preprocess(input)
        return self._as_output(self.network(**{name: getattr(fields, name) for name in self.fields}))

    def _as_output(self, output: Tensor | Mapping[str, Tensor]) -> OutputT:
        output_type = self.definition.Output
        fields = output_type._fields
        if isinstance(output, Tensor) and len(fields) == 1:
            return output_type._make([output])
        if isinstance(output, Mapping) and set(output) == set(fields):
            return output_type._make(output[name] for name in fields)
        returned = f"a mapping with {', '.join(output)}" if isinstance(output, Mapping) else type(output).__name__
        raise InputError(
            f"{type(self.network).__name__}.forward gives {returned}, expected a mapping with {', '.join(fields)}"
            f"{', or the tensor itself' if len(fields) == 1 else ''}."
        )

    def predict(self, input: InputT) -> PredictionT:
        """Map an input tuple to a prediction tuple, in evaluation mode and without gradients."""
        with self.evaluating():
            prediction: PredictionT = self.postprocess(self(input))
        return prediction

    def generate(self, input: InputT, each: Callable[[PredictionT], None] | None = None) -> PredictionT:
        """Answer to an input tuple: what `postprocess.generate(pipeline, input)` makes, a continuation of a text, say.

        Without that method it is the prediction. `each` gets each piece of the answer as soon as it is made, if the
        method takes such an argument (`streams`).
        """
        if not callable(generate := getattr(self.postprocess, "generate", None)):
            return self.predict(input)
        with self.evaluating():
            answer: PredictionT = generate(self, input) if each is None else generate(self, input, each=each)
        return answer

    def streams(self) -> bool:
        """Whether `generate` makes its answer in pieces."""
        generate = getattr(self.postprocess, "generate", None)
        return callable(generate) and "each" in signature(generate).parameters

    def change_postprocess(self, arguments: Mapping[str, Any]) -> None:
        """Make the post-processing again with other arguments.

        Raises:
            InputError: it does not take them.
        """
        part, old = self.parts["postprocess"], self.postprocess
        changed = partial(part, **arguments)
        try:
            self.postprocess = changed(self.definition)
            self.postprocess.load_state_dict(old.state_dict())
        except (RuntimeError, TypeError, ValueError) as error:
            raise InputError(
                f"{type(old).__name__} cannot be made with {dict(arguments)} ({first_line(error)})."
            ) from error
        self.parts["postprocess"] = changed
        self.postprocess.to(next(self.parameters()).device).train(old.training)

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Context in evaluation mode without gradients; the mode of each module is restored at its end."""
        training = {module: module.training for module in self.modules()}
        self.eval()
        try:
            with torch.inference_mode():
                yield
        finally:
            for module, mode in training.items():
                module.training = mode
