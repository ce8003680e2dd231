"""Construction of the data module, pipeline and model of a job from its config, for scripts and tests."""

from functools import partial

from ..core.errors import InputError
from ..core.instantiate import build
from ..core.opened import opened_files
from ..core.plain import Config
from ..data.cache_key import cache_key_of
from ..data.datamodule import DataModule
from ..datasets.dataset import Dataset, definition_of
from ..definitions.definition import Definition
from ..models.pipeline import Pipeline
from ..transformers.chain import Augment
from .custom_model import CustomModel
from .supervised import Supervised


def data_and_pipeline(config: Config) -> tuple[DataModule, Pipeline]:
    """Build the data module, before any sample is read, and the untrained pipeline.

    Raises:
        InputError: the files of the dataset are missing, or network and data do not fit together.
    """
    dataset, definition = _dataset(config)
    transformer = build(config, "transformer")
    augment = transformer.pop("augment") or None
    pipeline = Pipeline(definition, build(config, "network"), **transformer)
    data = _data_module(config, dataset, pipeline, augment)
    _add_validation_sets(config, data, pipeline)
    return data, pipeline


def data_for(config: Config, pipeline: Pipeline) -> DataModule:
    """Build the data module of a trained pipeline.

    Raises:
        InputError: the files of the dataset are missing, or its definition does not fit the pipeline.
    """
    dataset, definition = _dataset(config)
    if reason := pipeline.definition.incompatibility(definition):
        raise InputError(f"{type(dataset).__name__} does not fit the trained network: it has {reason}.")
    return _data_module(config, dataset, pipeline)


def _dataset(config: Config) -> tuple[Dataset, Definition]:
    with opened_files() as opened:
        dataset: Dataset = build(config, "dataset")
        definition = definition_of(dataset)
    dataset.opened |= opened
    return dataset, definition


def _data_module(config: Config, dataset: Dataset, pipeline: Pipeline, augment: Augment | None = None) -> DataModule:
    cache_key = partial(cache_key_of, dataset, config["dataset"], pipeline)
    return DataModule(dataset, pipeline.prepare, build(config, "data"), augment, pipeline.definition, cache_key)


def _add_validation_sets(config: Config, data: DataModule, pipeline: Pipeline) -> None:
    if not config.get("validation"):  # configs of other scripts lack the key
        return
    with opened_files() as opened:
        datasets: dict[str, Dataset] = build(config, "validation")
    for name, dataset in datasets.items():
        dataset.opened |= opened
        data.add_validation_set(name, dataset, partial(cache_key_of, dataset, config["validation"][name], pipeline))


def model_of(config: Config, pipeline: Pipeline) -> Supervised | CustomModel:
    """Build the Lightning module, with the network prepared for training.

    Raises:
        InputError: the network cannot be prepared with these `network_options`, or `warm_start` or `export` is given
            for a `CustomModel`, which has no pipeline.
    """
    loss, optimizer, scheduler = (build(config, name) for name in ("loss", "optimizer", "scheduler"))
    build(config, "network_options", pipeline.network)
    model: Supervised | CustomModel = build(config, "model", pipeline, loss, optimizer, scheduler)
    if isinstance(model, CustomModel):
        wanted = {"warm_start": config.get("warm_start", {}).get("checkpoint"), "export": config.get("export")}
        for name, value in wanted.items():
            if value:
                raise InputError(
                    f"{name} = {value} needs a pipeline, but {type(model).__name__} has training steps and networks of "
                    "its own: leave it out."
                )
    return model
