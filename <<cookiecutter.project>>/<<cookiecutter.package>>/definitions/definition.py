"""What every problem says about itself, and the batch that all rooms share."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from jaxtyping import Float32, Int64
from matplotlib.figure import Figure
from torch import Tensor
from torchmetrics import Metric, MetricCollection


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
    annotate every field with jaxtyping (dtype and axes) and, where there is one, a `Range`.
    """

    Input: ClassVar[type[Any]]
    Target: ClassVar[type[Any]]
    Prediction: ClassVar[type[Any]]
    Answer: ClassVar[type[Any]]
    stratify: ClassVar[str | None] = None
    """Name of the target field whose values keep their shares when a split is carved."""

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Size of each axis that the data fixes, by its name in the annotations."""

    @abstractmethod
    def metrics(self) -> MetricCollection:
        """Metrics of one split, by the name under which they are logged (`acc` becomes `val/acc`)."""

    @abstractmethod
    def compare(self, prediction: Any, target: Any) -> tuple[Tensor, Tensor]:
        """What `metrics` and `plots` are updated with."""

    @abstractmethod
    def describe(self, batch: Batch) -> str:
        """One line about the targets of many samples."""

    @abstractmethod
    def read(self, batch: Batch, answer: Any) -> list[str]:
        """One line for each sample: what was right, and what was answered."""

    @abstractmethod
    def draw(self, batch: Batch, answer: Any = None) -> Figure:
        """Up to 24 samples, with what was answered where there is an answer."""

    def label(self, batch: Batch) -> list[str]:
        """A few words for the target of each sample."""
        return [", ".join(str(value.tolist()) for value in row) for row in zip(*batch.target, strict=True)]

    def decisions(self, answer: Any, target: Any) -> dict[str, tuple[Tensor, Tensor]]:
        """By name, what can be answered with yes or no: for each sample how sure the answer is of a yes (0 to 1), and
        whether it is one. A precision-recall curve is drawn of each; none where a problem has no such question.
        """
        return {}

    def groups(self) -> Sequence[str]:
        """Names of the values of the `stratify` field, in their order; empty where there is none."""
        return ()

    def plots(self) -> dict[str, Metric]:
        """Metrics over a whole split that are looked at rather than logged, by the name of their picture."""
        return {}

    def plot(self, metric: Metric) -> Figure:
        """The picture of one of `plots`."""
        figure = Figure(figsize=(8, 8), layout="constrained")
        metric.plot(ax=figure.subplots())
        return figure
