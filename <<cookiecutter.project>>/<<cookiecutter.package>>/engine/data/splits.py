"""Splits of a dataset, decided from tokens, labels and weights before any sample is read."""

import math
from typing import NamedTuple

from ..core.errors import InputError, failure
from ..core.random_split import fold_split, random_split
from ..datasets.dataset import SPLITS, Dataset, SplitName, tokens_of
from .filter import Filter, SampleId
from .options import SplitOptions


class SplitIndices(NamedTuple):
    """Samples of a split: `indices` into the tokens that the dataset has for `source`."""

    source: SplitName
    indices: list[int]


def split_dataset(
    dataset: Dataset, options: SplitOptions, seed: int, limit_samples: int | None = None
) -> dict[SplitName, SplitIndices]:
    """Disjoint train, val and test splits of the samples that pass the filter and have a weight above 0.

    Raises:
        InputError: a split would be empty, or a weight is negative or not finite.
    """
    keep = options.filter or None  # Hydra gives {} for an empty config
    selected = {split: _selected(dataset, split, keep) for split in SPLITS}
    for split in ("train", "test"):
        if not selected[split]:
            condition = " that the filter keeps" if keep else ""
            raise InputError(f"{type(dataset).__name__} has no {split} samples{condition}, expected at least one.")
    splits = {split: SplitIndices(split, indices) for split, indices in selected.items()}
    if options.folds is not None or not selected["val"]:
        splits |= _split_train(dataset, splits["train"], options, seed)
    if limit_samples is None:
        return splits
    return {split: _limited(dataset, indices, limit_samples) for split, indices in splits.items()}


def validation_split(dataset: Dataset, keep: Filter | None, limit_samples: int | None = None) -> SplitIndices:
    """The val split of a dataset, or its test split if it has no val, as `split_dataset` selects and limits samples.

    Raises:
        InputError: neither has a sample.
    """
    splits: tuple[SplitName, ...] = ("val", "test")
    for split in splits:
        if indices := _selected(dataset, split, keep):
            selected = SplitIndices(split, indices)
            return selected if limit_samples is None else _limited(dataset, selected, limit_samples)
    condition = " that the filter keeps" if keep else ""
    raise InputError(f"{type(dataset).__name__} has no val or test samples{condition}, expected at least one.")


def _split_train(
    dataset: Dataset, train: SplitIndices, options: SplitOptions, seed: int
) -> dict[SplitName, SplitIndices]:
    count, strata = len(train.indices), strata_of(dataset, train)
    if options.folds is not None:
        parts = fold_split(count, options.folds, options.fold, seed, strata)
    else:
        parts = random_split(count, options.val_fraction, seed, strata)
    rest, val = ([train.indices[index] for index in part] for part in parts)
    return {"train": SplitIndices("train", rest), "val": SplitIndices("train", val)}


def _limited(dataset: Dataset, split: SplitIndices, limit: int) -> SplitIndices:
    """`limit` samples of a split: at even intervals in each stratum, which keeps its share to within one sample."""
    count, strata = len(split.indices), strata_of(dataset, split)
    if count <= limit:
        return split
    order = sorted(range(count), key=strata.__getitem__) if strata else range(count)  # stable: in their order
    chosen = sorted(order[number * count // limit] for number in range(limit))
    return split._replace(indices=[split.indices[index] for index in chosen])


def _selected(dataset: Dataset, split: SplitName, keep: Filter | None) -> list[int]:
    tokens = tokens_of(dataset, split)
    indices = [
        index for index, token in enumerate(tokens) if keep is None or keep(dataset, token, SampleId(split, index))
    ]
    if type(dataset).get_weight is Dataset.get_weight:
        return indices
    return [index for index in indices if _weight(dataset, split, index, tokens[index]) > 0]


def _weight(dataset: Dataset, split: SplitName, index: int, token: object) -> float:
    weight = dataset.get_weight(token)
    if not 0 <= weight < math.inf:  # NaN compares false
        raise InputError(f"Sample {index} of {split} has the weight {weight}, expected a finite number >= 0.")
    return weight


def strata_of(dataset: Dataset, split: SplitIndices) -> list[int] | None:
    """Stratum of each sample of a split; None if the definition has no `stratify` field."""
    field = dataset.definition().stratify
    if field is None:
        return None
    get, tokens = dataset.getter(field), dataset.tokens(split.source)
    try:
        return [int(get(tokens[index])) for index in split.indices]  # type: ignore[arg-type]  # a class is a number
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise failure(f"{type(dataset).__name__}.get_{field} fails", error) from error
