"""Evaluation of trained runs on whole splits, each by itself and as an ensemble."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..checkpoints.checkpoint import load
from ..checkpoints.runs import config_of, device_of, runs_of
from ..core.errors import InputError
from ..core.instantiate import build
from ..core.progress import progress
from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..definitions.definition import Batch
from ..definitions.example import example
from ..definitions.fields import to_device
from ..losses.loss import Loss
from ..models.pipeline import Pipeline
from ..training.factory import data_for
from .ensemble import Ensemble
from .loop import run_batches
from .predictions import Evaluated, PredictionRows, Scored, weighted_loss
from .worst import draw_worst

SELECTION = ("limit_samples", "on_error", "split")  # keys of `data` that decide which samples of a dataset are used


class Member(NamedTuple):
    """A trained run: its pipeline and loss, and the config for the data."""

    pipeline: Pipeline
    loss: Loss
    config: Mapping[str, Any]


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
    everyone = None
    if config["ensemble"] is not None:
        everyone = Ensemble({name: member.pipeline for name, member in members.items()}, config["ensemble"])
        _check_ensemble(everyone, members, served, config["split"])
    for name, member in members.items():
        yield evaluate(name, Ensemble({name: member.pipeline}), [member.loss], served[name], config["split"])
        served[name].splits.clear()  # of many runs, one at a time
    if everyone is not None:
        losses, data = [member.loss for member in members.values()], next(iter(served.values()))
        yield evaluate(f"{everyone.mode} of all", everyone, losses, data, config["split"])


def _check_ensemble(
    ensemble: Ensemble, members: Mapping[str, Member], served: Mapping[str, DataModule], split: SplitName
) -> None:
    """Check before the first run is evaluated that all can predict the same samples, and be combined.

    Raises:
        InputError: they cannot.
    """
    first, *others = ((members[name].config["dataset"], data.split_indices[split]) for name, data in served.items())
    if any(other != first for other in others):
        raise InputError(
            f"The {split} split is not the same for all runs (another seed, fold or dataset): what validated one may "
            "have trained another. Evaluate their ensemble on split=test, or on a dataset=… of its own."
        )
    tried = ensemble.first.predict(to_device(example(ensemble.definition, 2).input, ensemble.device))
    ensemble.combine([tried, tried])


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
    problems = check(config)
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


class MetricInputs(NamedTuple):
    """Arguments of the metrics' `update`."""

    prediction: Tensor
    target: Tensor


class Step(NamedTuple):
    """Results of one batch; no metric inputs where several pipelines have an output each."""

    scored: Scored
    metric_inputs: MetricInputs | None


def evaluate(name: str, ensemble: Ensemble, losses: list[Loss], data: DataModule, split: SplitName) -> Evaluated:
    """Rows and metrics of a split, in its order. The loss of an ensemble is the mean of its members' losses."""
    rows, metrics = PredictionRows(ensemble.definition), ensemble.definition.metrics()
    pipelines = list(ensemble.pipelines.values())

    def step(batch: Batch) -> Step:
        outputs = [pipeline(batch.input) for pipeline in pipelines]
        predictions = [pipeline.postprocess(output) for pipeline, output in zip(pipelines, outputs, strict=True)]
        totals = [loss(output, batch.target).total for loss, output in zip(losses, outputs, strict=True)]
        scored = Scored(
            batch.id, batch.weight, torch.stack(totals).mean(0), ensemble.combine(predictions), batch.target
        )
        if len(outputs) > 1:
            return Step(scored, None)
        return Step(scored, MetricInputs(*ensemble.definition.metric_inputs(outputs[0], batch.target)))

    with ExitStack() as evaluating:
        for pipeline in pipelines:
            evaluating.enter_context(pipeline.evaluating())
        for result in run_batches(step, progress("evaluating", "batches", data.in_order(split)), ensemble.device):
            rows.add(result.scored)
            if result.metric_inputs is not None:
                metrics.update(*result.metric_inputs)
    table = rows.table(data.paths(split))
    computed = metrics.compute() if len(pipelines) == 1 else {}
    figures = {metric: float(value) for metric, value in computed.items()}
    worst = draw_worst(table, data.splits[split], ensemble.predict_batch, ensemble.definition)
    return Evaluated(name, table, ensemble.definition, {"loss": weighted_loss(table)} | figures, worst)
