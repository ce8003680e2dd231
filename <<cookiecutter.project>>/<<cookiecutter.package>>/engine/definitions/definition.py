"""What every problem says about itself, and the batch that all rooms share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from jaxtyping import Float32, Int64
from matplotlib.figure import Figure
from torch import Tensor
from torchmetrics import MetricCollection

from ..core.errors import InputError

if TYPE_CHECKING:  # 0.2 s that a training needs at its end alone
    from polars import DataFrame

EnsembleMode = Literal["mean", "majority"]


class Sample(NamedTuple):
    """One sample as its dataset gives it. `target` is None where it is to be predicted."""

    id: int
    weight: float
    input: Any
    target: Any


class Mix(NamedTuple):
    """What each sample of a batch was mixed with: `share` is its own, the rest is that of sample `partner`."""

    partner: Int64[Tensor, "batch"]
    share: Float32[Tensor, "batch"]


class Batch(NamedTuple):
    """Many samples at once; a whole split has the same form.

    `input` and `target` are the definition's named tuples. `weight` scales a sample's loss, 0 takes it out.
    `seed` keys everything random that is done to this batch: the same whatever workers or interruptions did.
    `mix` tells what augmentation put two samples into one: the loss is then that of both targets, by their shares.
    """

    id: Int64[Tensor, "batch"]
    weight: Float32[Tensor, "batch"]
    input: Any
    target: Any
    seed: int = 0
    mix: Mix | None = None


class Definition(ABC):
    """The facts that the data decides, and what is specific to the problem.

    A subclass is a frozen dataclass whose fields are plain data: it travels with the checkpoint. Its four named tuples
    annotate every field with jaxtyping (dtype and axes) and, where there is one, a range.
    """

    Input: ClassVar[type[Any]]
    Target: ClassVar[type[Any]]
    Output: ClassVar[type[Any]]
    Prediction: ClassVar[type[Any]]
    file_extensions: ClassVar[frozenset[str]] = frozenset()
    """Of files that `load_input` can read; predict looks for them in folders."""
    stratify: ClassVar[str | None] = None
    """Name of the target field whose values keep their shares when a split is carved."""

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Size of each axis that the data fixes, by its name in the annotations."""

    @abstractmethod
    def metrics(self) -> MetricCollection:
        """Metrics of one split, by the name under which they are logged (`acc` becomes `val/acc`)."""

    @abstractmethod
    def metric_inputs(self, prediction: Any, target: Any) -> tuple[Tensor, Tensor]:
        """What `metrics` are updated with."""

    @abstractmethod
    def describe(self, batch: Batch) -> str:
        """One line about the targets of many samples."""

    @abstractmethod
    def format_samples(self, batch: Batch, prediction: Any) -> list[str]:
        """One line for each sample: what was right, and what was answered."""

    @abstractmethod
    def draw(self, batch: Batch, prediction: Any = None) -> Figure:
        """Up to 24 samples, with what was answered where there is an answer."""

    def target_text(self, batch: Batch) -> list[str]:
        """A few words for the target of each sample."""
        return [", ".join(str(value.tolist()) for value in row) for row in zip(*batch.target, strict=True)]

    def one_vs_rest(self, prediction: Any, target: Any) -> dict[str, tuple[Tensor, Tensor]]:
        """By name, what can be answered with yes or no: for each sample how sure the answer is of a yes (0 to 1), and
        whether it is one. A precision-recall curve is drawn of each; none where a problem has no such question.
        """
        return {}

    def class_names(self) -> Sequence[str]:
        """Names of the values of the `stratify` field, in their order; empty where there is none."""
        return ()

    def load_input(self, value: Any) -> Any:
        """The raw input that a person hands over as a path, an array or whatever else the problem knows.

        Raises:
            InputError: it is none.
        """
        raise InputError(f"{type(self).__name__} does not say what may be an input: add as_input to it.")

    @abstractmethod
    def to_columns(self, prediction: Any, target: Any = None, top: int | None = None) -> dict[str, Any]:
        """What is told of each sample, by column: what was answered, and, with a target, what is right and how good the
        answer is. With `top`, no more than the so many most likely of what could be answered.
        """

    def summarize(self, table: "DataFrame") -> dict[str, Any]:
        """What the `to_columns` of many samples with their targets say together, as plain data."""
        return {}

    def charts(self, table: "DataFrame") -> dict[str, Figure]:
        """The same as pictures, by name."""
        return {}

    def ensemble(self, predictions: Sequence[Any], how: EnsembleMode) -> Any:
        """The one answer that several pipelines give together to the same samples."""
        raise InputError(f"{type(self).__name__} does not say how several answers become one: add ensemble to it.")

    def incompatibility(self, other: "Definition") -> str | None:
        """Why samples of a dataset with the definition `other` are none for this one; None where they are."""
        return None if self == other else f"{other}, expected {self}"
