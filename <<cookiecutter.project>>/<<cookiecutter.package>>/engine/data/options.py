"""Options of the data module: the keys of `data` in the configs, each with its default."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Interval

from ..core.errors import InputError
from .cache import Cache
from .filter import Filter

SELECTION = ("limit_samples", "on_error", "split")  # keys of `data` that decide which samples of a dataset are used


@dataclass(frozen=True)
class SplitOptions:
    """Division of a dataset into train, val and test.

    Attributes:
        val_fraction: Share of the training samples used for validation if the dataset has no validation split.
        folds: Number of folds for cross-validation over the training samples; replaces the dataset's validation split.
        fold: Index of the fold that validates.
        filter: Predicate on samples; only those for which it is true are used. None: all.
        max_overlap: Largest share of the val or test samples whose content may also be in train; tests check it.

    Raises:
        InputError: there is a `fold` without `folds`.
    """

    val_fraction: Annotated[float, Interval(gt=0, lt=1)] = 0.1
    folds: Annotated[int | None, Ge(2)] = None
    fold: Annotated[int, Ge(0)] = 0
    filter: Filter | None = None
    max_overlap: Annotated[float, Interval(ge=0, le=1)] = 0.0

    def __post_init__(self) -> None:
        if self.fold and self.folds is None:
            raise InputError(f"fold = {self.fold}: there are no folds, set folds to a number above {self.fold}.")


@dataclass(frozen=True)
class SamplingOptions:
    """Composition of batches.

    Attributes:
        balance: Draw every class equally often in training.
        buckets: Number of groups of similar length from which batches are taken, for samples of variable length.
        max_tokens: Largest number of tokens of such a batch, padding included.
    """

    balance: bool = False
    buckets: Annotated[int, Ge(1)] = 10
    max_tokens: Annotated[int | None, Ge(1)] = None


@dataclass(frozen=True)
class DataOptions:
    """Options of `DataModule`.

    Attributes:
        batch_size: Samples of a batch, for each process.
        num_workers: Processes that read and prepare samples, and that run augmentations which work per sample. Other
            batches are indexed in memory and need none.
        timeout: Seconds after which a worker process that is still at the same sample is ended; 0: never.
        limit_samples: Largest number of samples of each split, taken at even intervals from each class.
        device_resident: Keep all samples on the device.
        on_error: `skip` leaves out samples that cannot be read, and logs them.
        seed: Seed of splits, order and augmentation.
        hash_contents: Let the fingerprint of the data, which is kept with a run, cover the bytes of all files.
        cache: Cache of prepared samples; None: they are prepared at every start.
    """

    batch_size: Annotated[int, Ge(1)] = 64
    num_workers: Annotated[int, Ge(0)] = 0
    timeout: Annotated[float, Ge(0)] = 300
    limit_samples: Annotated[int | None, Ge(2)] = None
    device_resident: bool = False
    on_error: Literal["raise", "skip"] = "raise"
    seed: Annotated[int, Ge(0)] = 0
    hash_contents: bool = False
    split: SplitOptions = field(default_factory=SplitOptions)
    sampling: SamplingOptions = field(default_factory=SamplingOptions)
    cache: Cache | None = None
