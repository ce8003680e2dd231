"""The parts of a job, from its config: the one way in which scripts and tests put them together."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..core.errors import InputError
from ..core.instantiate import build
from ..data.augmentation import Augment
from ..data.cache_key import cache_key_of
from ..data.datamodule import DataModule
from ..datasets.dataset import Dataset
from ..models.pipeline import Pipeline
from .supervised import Supervised


def data_and_pipeline(config: Mapping[str, Any]) -> tuple[DataModule, Pipeline]:
    """What serves the data, none of which is read yet, and the untrained pipeline that it feeds.

    Raises:
        InputError: the data are not where the config says, or network and data do not fit together.
    """
    dataset = build(config, "dataset")
    transformer = build(config, "transformer")
    augment = transformer.pop("augment") or None
    pipeline = Pipeline(dataset.definition(), build(config, "network"), **transformer)
    return _data_module(config, dataset, pipeline, augment), pipeline


def data_for(config: Mapping[str, Any], pipeline: Pipeline) -> DataModule:
    """What serves the data to a trained pipeline.

    Raises:
        InputError: the data are not where the config says, or are none for this pipeline.
    """
    dataset = build(config, "dataset")
    if why := pipeline.definition.incompatibility(dataset.definition()):
        raise InputError(f"{type(dataset).__name__} does not fit what was trained: it has {why}.")
    return _data_module(config, dataset, pipeline)


def _data_module(
    config: Mapping[str, Any], dataset: Dataset, pipeline: Pipeline, augment: Augment | None = None
) -> DataModule:
    cache_key = partial(cache_key_of, dataset, config["dataset"], pipeline)
    return DataModule(dataset, pipeline.prepare, build(config, "data"), augment, pipeline.definition, cache_key)


def model_of(config: Mapping[str, Any], pipeline: Pipeline) -> Supervised:
    """The pipeline with what trains it."""
    parts = (build(config, name) for name in ("loss", "optimizer", "scheduler"))
    model: Supervised = build(config, "model", pipeline, *parts)
    return model
