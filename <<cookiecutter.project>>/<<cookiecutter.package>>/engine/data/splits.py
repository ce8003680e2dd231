"""Which samples of a dataset make which split: decided from tokens, labels and weights, before a sample is read."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.errors import InputError
from ..core.random_split import fold_split, random_split
from ..datasets.dataset import Dataset, SplitName
from .group_sampler import WeightedGroupSampler

Filter = Callable[[Dataset, Any], bool]


class Part(NamedTuple):
    """`places` among the tokens that the dataset has for `source`."""

    source: SplitName
    places: list[int]


def divide(
    dataset: Dataset,
    seed: int,
    val_fraction: float,
    folds: int | None = None,
    fold: int = 0,
    limit: int | None = None,
    keep: Filter | None = None,
) -> dict[SplitName, Part]:
    """The samples that the filter `keep`s, those of weight 0 aside, in three splits that share none.

    Raises:
        InputError: a split would be empty, or a weight is no number from 0 on.
    """
    names: tuple[SplitName, ...] = ("train", "val", "test")
    kept = {split: _kept(dataset, split, keep) for split in names}
    parts = {split: Part(split, places) for split, places in kept.items()}
    for split in names:
        if split != "val" and not kept[split]:
            chosen = " that the filter keeps" if keep else ""
            raise InputError(f"{type(dataset).__name__} has no {split} samples{chosen}, expected at least one.")
    if folds is not None or not kept["val"]:
        train, strata = kept["train"], strata_of(dataset, Part("train", kept["train"]))
        if folds is not None:
            left, out = fold_split(len(train), folds, fold, seed, strata)
        else:
            left, out = random_split(len(train), val_fraction, seed, strata)
        parts["train"] = Part("train", [train[index] for index in left])
        parts["val"] = Part("train", [train[index] for index in out])
    if limit is None:
        return parts
    return {split: Part(source, some[:: -(-len(some) // limit)]) for split, (source, some) in parts.items()}


def _kept(dataset: Dataset, split: SplitName, keep: Filter | None) -> list[int]:
    tokens = dataset.tokens(split)
    places = [place for place in range(len(tokens)) if keep is None or keep(dataset, tokens[place])]
    if type(dataset).get_weight is Dataset.get_weight:
        return places
    weights = [dataset.get_weight(tokens[place]) for place in places]
    for place, weight in zip(places, weights, strict=True):
        if not 0 <= weight < math.inf:  # NaN compares false, so it is refused too
            raise InputError(f"Sample {place} of {split} has the weight {weight}, expected a number from 0 on.")
    return [place for place, weight in zip(places, weights, strict=True) if weight > 0]


def strata_of(dataset: Dataset, part: Part) -> list[int] | None:
    """The stratum of each sample of a part; None where the definition names no field for it."""
    field = dataset.definition().stratify
    if field is None:
        return None
    get, tokens = dataset.getter(field), dataset.tokens(part.source)
    return [int(get(tokens[place])) for place in part.places]


def weighted_group_sampler(dataset: Dataset, part: Part, balance: bool) -> WeightedGroupSampler | None:
    """How an epoch draws from the samples of a part, where it is not each of them once.

    Raises:
        InputError: both classes and sources would have shares, there are no classes, or a source has no sample.
    """
    if balance:
        return WeightedGroupSampler(*_by_class(dataset, part))
    if dataset.ratios is None:
        return None
    tokens = dataset.tokens(part.source)
    sources = [dataset.source_of(tokens[place]) for place in part.places]
    for source in set(range(len(dataset.ratios))) - set(sources):
        raise InputError(
            f"Source {source} of {type(dataset).__name__} has no training sample, so it can have no ratio."
        )
    return WeightedGroupSampler(sources, dataset.ratios)


def _by_class(dataset: Dataset, part: Part) -> tuple[Sequence[int], Sequence[float]]:
    if dataset.ratios is not None:
        raise InputError("dataset.balance and dataset.ratios both say how often a sample comes: choose one.")
    strata = strata_of(dataset, part)
    if strata is None:
        kind = type(dataset.definition()).__name__
        raise InputError(f"dataset.balance needs classes, and {kind} names no field in `stratify`: leave it false.")
    present = sorted(set(strata))
    return [present.index(stratum) for stratum in strata], [1.0] * len(present)
