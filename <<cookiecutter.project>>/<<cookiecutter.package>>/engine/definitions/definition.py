"""Base class of definitions, and the batch that all rooms share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, get_args, get_origin

from jaxtyping import Float32, Int64
from torch import Tensor
from typing_extensions import TypeVar

if TYPE_CHECKING:  # a prediction needs neither
    from torchmetrics import MetricCollection

    from .presentation import Presentation

    Metrics = MetricCollection
else:
    Metrics = Any

InputT = TypeVar("InputT", bound=NamedTuple, default=Any)
TargetT = TypeVar("TargetT", bound=NamedTuple, default=Any)
OutputT = TypeVar("OutputT", bound=NamedTuple, default=Any)
PredictionT = TypeVar("PredictionT", bound=NamedTuple, default=Any)


class Sample(NamedTuple, Generic[InputT, TargetT]):
    """Sample of a dataset. `target` is None if it is to be predicted."""

    id: int
    weight: float
    input: InputT
    target: TargetT | None


class Mix(NamedTuple):
    """Partners of mixed samples: weight `share` for a sample itself, 1 - `share` for sample `partner`."""

    partner: Int64[Tensor, "batch"]
    share: Float32[Tensor, "batch"]


class Batch(NamedTuple, Generic[InputT, TargetT]):
    """Samples stacked into tensors; a whole split is a batch too.

    `weight` scales the loss of a sample, 0 removes it. `seed` seeds all randomness applied to the batch, independently
    of the number of workers and of interruptions. `mix`: the samples that augmentation has mixed; the loss is then
    the mean of the losses for both targets, weighted by their shares.
    """

    id: Int64[Tensor, "batch"]
    weight: Float32[Tensor, "batch"]
    input: InputT
    target: TargetT
    seed: int = 0
    mix: Mix | None = None


class Definition(ABC, Generic[InputT, TargetT, OutputT, PredictionT]):
    """Fields of a problem, and the sizes that its data determine.

    A subclass is a frozen dataclass of plain data, which is stored in checkpoints:
    `class Spelling(Definition[Sound, Letters, Scores, Word])`. Its four named tuples annotate
    every field with jaxtyping (dtype and axes) and, optionally, a range. A network returns the output (logits),
    post-processing makes the prediction (class, probability) of it.
    """

    Input: type[InputT]
    Target: type[TargetT]
    Output: type[OutputT]
    Prediction: type[PredictionT]
    stratify: ClassVar[str | None] = None
    """Target field by which splits are stratified."""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if base := _definition_base(cls):
            cls.Input, cls.Target, cls.Output, cls.Prediction = get_args(base)

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Size of each axis that the data determine, by its name in the annotations."""

    def typical_sizes(self) -> dict[str, int]:
        """Size of axes that `sizes` leaves free in the examples with which parts are checked and exported, by name."""
        return {}

    @abstractmethod
    def metrics(self) -> Metrics:
        """Metrics of one split, by the name under which they are logged (`acc` becomes `val/acc`).

        Import torchmetrics inside: predicting needs none of it.
        """

    @abstractmethod
    def metric_inputs(self, output: OutputT, target: TargetT) -> tuple[Tensor, Tensor]:
        """Arguments of the metrics' `update`."""

    def presentation(self) -> "Presentation[InputT, TargetT, OutputT, PredictionT]":
        """Pictures, tables and texts of samples and predictions, and how inputs are read from files.

        Import a subclass inside: training needs none of it.
        """
        from .presentation import Presentation

        return Presentation(self)

    def class_names(self) -> Sequence[str]:
        """Names of the values of the `stratify` field, in their order; empty without classes."""
        return ()

    def incompatibility(self, other: "Definition") -> str | None:
        """Reason why samples of a dataset with the definition `other` do not fit this one; None if they do."""
        return None if self == other else f"{other}, expected {self}"


def _definition_base(cls: type) -> Any:
    """`Definition[…]` in the bases of a class, or in those of a generic base like `Classes[…]`; None without one."""
    for base in cls.__dict__.get("__orig_bases__", ()):
        origin = get_origin(base)
        if origin is Definition:
            return base
        if isinstance(origin, type) and (inner := _definition_base(origin)):
            return inner[get_args(base)]
    return None
