"""Trained pipelines at work on whole splits, each by itself or as an ensemble."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from matplotlib.figure import Figure
from polars import DataFrame

from ..checkpoints.checkpoint import check_same_preprocessing, load
from ..checkpoints.runs import config_of, device_of, runs_of
from ..core.errors import InputError
from ..core.instantiate import build
from ..core.progress import progress
from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..definitions.definition import Definition, EnsembleMode
from ..definitions.example import example
from ..losses.loss import Loss
from ..models.pipeline import Pipeline
from ..training.factory import data_for
from .predictions import PredictionRows
from .worst import worst

SELECTION = ("limit_samples", "on_error", "split")  # keys of `data` that decide which samples of a dataset are used


class Member(NamedTuple):
    """A trained run: its pipeline and loss, and the config for the data."""

    pipeline: Pipeline
    loss: Loss
    config: Mapping[str, Any]


class Evaluated(NamedTuple):
    """What a run, or an ensemble, said to a split."""

    name: str
    table: DataFrame
    definition: Definition
    worst: Figure | None = None


def evaluations(config: Mapping[str, Any], check: Callable[[Mapping[str, Any]], list[str]]) -> Iterator[Evaluated]:
    """Every run that the config of evaluate.py names, and then their ensemble. All runs are loaded before the first is
    evaluated. `check` gives a sentence for each mistake in the config of a training.

    Raises:
        InputError: a run cannot be loaded, its data do not fit it, or those that shall ensemble differ in more than the
            network.
    """
    runs, device = runs_of(config["run"]), device_of(config["device"])
    members = {}
    for name, run in runs.items():
        saved = _with_data(config_of(run), config, check)
        members[name] = Member(load(run, device, config["weights"]), build(saved, "loss").to(device).eval(), saved)
    served = {name: data_for(member.config, member.pipeline) for name, member in members.items()}
    if config["ensemble"] is not None:
        _check_ensemble(members, served, config["split"], config["ensemble"])
    for name, member in members.items():
        yield _evaluated(name, [member], served[name], config["split"])
        served[name].splits.clear()  # of many runs, one at a time
    if config["ensemble"] is not None:
        data, everyone = next(iter(served.values())), list(members.values())
        yield _evaluated(f"{config['ensemble']} of all", everyone, data, config["split"], config["ensemble"])


def _check_ensemble(
    members: Mapping[str, Member], served: Mapping[str, DataModule], split: SplitName, ensemble: EnsembleMode
) -> None:
    """Before the first run is evaluated: whether all can answer to the same samples, and their answers become one.

    Raises:
        InputError: they cannot.
    """
    pipelines = {name: member.pipeline for name, member in members.items()}
    check_same_preprocessing(pipelines)
    first, *others = ((members[name].config["dataset"], data.split_indices[split]) for name, data in served.items())
    if any(other != first for other in others):
        raise InputError(
            f"The {split} split is not the same for all runs (another seed, fold or dataset): what validated one may "
            "have trained another. Evaluate their ensemble on split=test, or on a dataset=… of its own."
        )
    one = next(iter(pipelines.values()))
    tried = example(one.definition, 2).input
    moved = type(tried)(*(field.to(next(one.parameters()).device) for field in tried))
    combine([pipeline.predict(moved) for pipeline in pipelines.values()] * 2, one.definition, ensemble)


def _evaluated(
    name: str, members: Sequence[Member], data: DataModule, split: SplitName, ensemble: EnsembleMode = "mean"
) -> Evaluated:
    table = predictions_of(members, data, split, ensemble)

    def predict(input: Any) -> Any:
        device = next(members[0].pipeline.parameters()).device
        moved = type(input)(*(field.to(device) for field in input))
        return combine([member.pipeline.predict(moved) for member in members], data.definition, ensemble)

    return Evaluated(name, table, data.definition, worst(table, data.splits[split], predict, data.definition))


def _with_data(
    saved: Mapping[str, Any], overrides: Mapping[str, Any], check: Callable[[Mapping[str, Any]], list[str]]
) -> dict[str, Any]:
    """The config of a run with the `dataset` and the `data` of `overrides`: another dataset, or single values."""
    dataset, data = overrides["dataset"], dict(saved["data"])
    if "_target_" in dataset:  # samples of another dataset are selected by the defaults
        data = {name: value for name, value in data.items() if name not in SELECTION}
    else:
        dataset = merged(saved["dataset"], dataset)
    config = {**saved, "dataset": dataset, "data": merged(data, overrides["data"])}
    problems = [problem for problem in check(config) if problem.startswith("data")]  # and `dataset`
    if problems:
        raise InputError("\n       ".join(problems))
    return config


def merged(config: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with the values of `overrides`, mapping by mapping."""
    both = dict(config)
    for name, value in overrides.items():
        nested = isinstance(value, Mapping) and isinstance(both.get(name), Mapping)
        both[name] = merged(both[name], value) if nested else value
    return both


def predictions_of(
    members: Sequence[Member], data: DataModule, split: SplitName, ensemble: EnsembleMode = "mean"
) -> DataFrame:
    """The predictions for all samples of a split, in its order. Those of several members are
    combined by `ensemble`, and the loss is the mean of theirs.
    """
    device = next(members[0].pipeline.parameters()).device
    rows = PredictionRows(data.definition)
    for batch in progress("evaluating", "batches", data.in_order(split)):
        batch = data.transfer_batch_to_device(batch, device, 0)
        predictions, losses = zip(*(_predict(member, batch) for member in members), strict=True)
        rows.add(batch, combine(predictions, data.definition, ensemble), torch.stack(losses).mean(0))
    return rows.table(data.paths(split))


def combine(predictions: Sequence[Any], definition: Definition, ensemble: EnsembleMode) -> Any:
    """The one answer there is, or the `ensemble` of several."""
    return predictions[0] if len(predictions) == 1 else definition.ensemble(predictions, ensemble)


def _predict(member: Member, batch: Any) -> tuple[Any, torch.Tensor]:
    pipeline = member.pipeline
    with pipeline.evaluating():
        output = pipeline(batch.input)
        return pipeline.postprocess(output), member.loss(output, batch.target).total
