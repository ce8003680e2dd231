"""Labels that the predictions of several runs contradict, by confident learning."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..checkpoints.runs import folder_of
from ..core.errors import InputError
from ..definitions.class_charts import Predictions
from ..definitions.classes import Classes
from ..definitions.definition import Definition
from ..inference.predictions import read


class Suspect(NamedTuple):
    """Sample by id, and the number of the class that it seems to have."""

    id: int
    suggested: int


def suspects(definition: Definition, runs: Sequence[Path]) -> list[Suspect]:
    """Samples whose label is doubtful by the validation rows of runs, the most doubtful first.

    Each run must not have trained on its validation samples, as those of a cross-validation have not. Probabilities of
    a sample in several runs are averaged.

    Raises:
        InputError: the definition has no classes, or a run has no validation rows, or other classes.
    """
    if not isinstance(definition, Classes):
        raise InputError(f"runs=…: {type(definition).__name__} has no classes whose labels could be doubted.")
    ids, labels, probabilities = [], [], []
    for run in runs:
        path = folder_of(run) / "val" / "predictions.parquet"
        if not path.is_file():
            raise InputError(f"{run} has no {path.parent.name}/{path.name}: name runs that train.py has finished.")
        evaluated = read(path)
        if evaluated.definition.class_names() != definition.class_names():
            raise InputError(f"{run} has other classes than this dataset: name runs that were trained on it.")
        predictions = Predictions.of(definition.classes, evaluated.table)
        ids.append(evaluated.table["id"].to_numpy())
        labels.append(predictions.target)
        probabilities.append(predictions.probability)
    known, first, sample = np.unique(np.concatenate(ids), return_index=True, return_inverse=True)
    sums = np.zeros((len(known), len(definition.classes)))
    np.add.at(sums, sample, np.concatenate(probabilities))
    mean = sums / np.bincount(sample)[:, None]
    return [Suspect(int(known[place]), other) for place, other in doubted(np.concatenate(labels)[first], mean)]


def doubted(label: NDArray[np.int64], probability: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Places of doubtful labels, with the class that is more likely, by the margin between the two probabilities.

    A class is likely for a sample if its probability is at least the mean of those of the samples with that label; a
    label is doubtful if the most probable of the likely classes is another one. Northcutt et al., Confident learning,
    2021 (https://arxiv.org/abs/1911.00068).

    Args:
        label: (samples).
        probability: (samples, classes), of models that were not trained on the sample.
    """
    counts = np.bincount(label, minlength=probability.shape[1])
    own = probability[np.arange(len(label)), label]
    least = np.bincount(label, own, probability.shape[1]) / np.maximum(counts, 1)
    least[counts == 0] = np.inf
    likely = np.where(probability >= least, probability, -1.0)
    best = likely.argmax(1)
    places = np.flatnonzero((likely.max(1) > 0) & (best != label))
    margin = own[places] - probability[places, best[places]]
    return [(int(place), int(best[place])) for place in places[np.argsort(margin, kind="stable")]]
