"""Construction of the data module, pipeline and model of a job from its config, for scripts and tests."""

from functools import partial

from ..core.errors import InputError
from ..core.instantiate import build
from ..core.plain import Config
from ..data.cache_key import cache_key_of
from ..data.datamodule import DataModule
from ..datasets.dataset import Dataset
from ..models.pipeline import Pipeline
from ..transformers.chain import Augment
from .supervised import Supervised


def data_and_pipeline(config: Config) -> tuple[DataModule, Pipeline]:
    """Build the data module, before any sample is read, and the untrained pipeline.

    Raises:
        InputError: the files of the dataset are missing, or network and data do not fit together.
    """
    dataset = build(config, "dataset")
    transformer = build(config, "transformer")
    augment = transformer.pop("augment") or None
    pipeline = Pipeline(dataset.definition(), build(config, "network"), **transformer)
    return _data_module(config, dataset, pipeline, augment), pipeline


def data_for(config: Config, pipeline: Pipeline) -> DataModule:
    """Build the data module of a trained pipeline.

    Raises:
        InputError: the files of the dataset are missing, or its definition does not fit the pipeline.
    """
    dataset = build(config, "dataset")
    if reason := pipeline.definition.incompatibility(dataset.definition()):
        raise InputError(f"{type(dataset).__name__} does not fit the trained network: it has {reason}.")
    return _data_module(config, dataset, pipeline)


def _data_module(config: Config, dataset: Dataset, pipeline: Pipeline, augment: Augment | None = None) -> DataModule:
    cache_key = partial(cache_key_of, dataset, config["dataset"], pipeline)
    return DataModule(dataset, pipeline.prepare, build(config, "data"), augment, pipeline.definition, cache_key)


def model_of(config: Config, pipeline: Pipeline) -> Supervised:
    """Build the Lightning module, with the network prepared for training.

    Raises:
        InputError: the network cannot be prepared with these `network_options`.
    """
    loss, optimizer, scheduler = (build(config, name) for name in ("loss", "optimizer", "scheduler"))
    build(config, "network_options", pipeline.network)
    model: Supervised = build(config, "model", pipeline, loss, optimizer, scheduler)
    return model
