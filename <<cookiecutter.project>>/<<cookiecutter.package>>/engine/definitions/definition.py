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
    """One sample as its dataset returns it. `target` is None where it is to be predicted."""

    id: int
    weight: float
    input: InputT
    target: TargetT | None


class Mix(NamedTuple):
    """Partners of mixed samples: `share` (batch) is a sample's own, the rest is that of sample `partner` (batch)."""

    partner: Int64[Tensor, "batch"]
    share: Float32[Tensor, "batch"]


class Batch(NamedTuple, Generic[InputT, TargetT]):
    """Samples in tensors; a whole split has the same form.

    `weight` scales the loss of a sample, 0 takes it out. `seed` keys all randomness applied to the batch, whatever the
    number of workers or interruptions. `mix` tells which samples augmentation has mixed: the loss is then that of both
    targets, by their shares.
    """

    id: Int64[Tensor, "batch"]
    weight: Float32[Tensor, "batch"]
    input: InputT
    target: TargetT
    seed: int = 0
    mix: Mix | None = None


class Definition(ABC, Generic[InputT, TargetT, OutputT, PredictionT]):
    """Facts that the data decide, and the fields of a problem.

    A subclass is a frozen dataclass of plain data, which travels with the checkpoint:
    `class Spelling(Definition[Sound, Letters, Scores, Word])`. Its four named tuples annotate
    every field with jaxtyping (dtype and axes) and, where there is one, a range. A network returns the output (logits),
    post-processing makes the prediction (class, probability) of it.
    """

    Input: type[InputT]
    Target: type[TargetT]
    Output: type[OutputT]
    Prediction: type[PredictionT]
    stratify: ClassVar[str | None] = None
    """Target field whose values keep their shares when a split is drawn."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for base in cls.__dict__.get("__orig_bases__", ()):
            if get_origin(base) is Definition:
                cls.Input, cls.Target, cls.Output, cls.Prediction = get_args(base)

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Size of each axis that the data fix, by its name in the annotations."""

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
        """Names of the values of the `stratify` field, in their order; empty where there are none."""
        return ()

    def incompatibility(self, other: "Definition") -> str | None:
        """Reason why samples of a dataset with the definition `other` do not fit this one; None where they do."""
        return None if self == other else f"{other}, expected {self}"
