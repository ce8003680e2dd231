"""Evaluation of trained runs on a split, one by one and as an ensemble."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..checkpoints.checkpoint import load
from ..checkpoints.runs import config_of, device_of, folder_of, runs_of
from ..core.errors import InputError
from ..core.instantiate import build
from ..core.plain import Config, PlainData
from ..core.progress import progress
from ..data.datamodule import DataModule
from ..data.fingerprint import difference, recorded
from ..data.options import SELECTION
from ..datasets.dataset import SplitName
from ..definitions.definition import Batch
from ..definitions.example import example
from ..definitions.fields import to_device
from ..losses.loss import Loss
from ..models.pipeline import Pipeline
from ..training.factory import data_for
from .ensemble import Ensemble
from .loop import run_batches
from .predictions import Evaluated, PredictionRows, Scored, weighted_loss, with_meta
from .worst import draw_worst

log = logging.getLogger(__name__)


class Member(NamedTuple):
    """Trained run: its pipeline and loss, and the config for the data."""

    pipeline: Pipeline
    loss: Loss
    config: Config


def evaluations(config: Config, check: Callable[[Config], list[str]]) -> Iterator[Evaluated]:
    """Evaluate each run in the config of evaluate.py, and then their ensemble.

    All runs are loaded before the first is evaluated. `check` returns a sentence for each mistake in a training config.

    Raises:
        InputError: a run cannot be loaded, its data do not fit it, or the runs of an ensemble differ in more than their
            networks.
    """
    if config["metadata"] is not None and not config["by"]:
        raise InputError(f"metadata={config['metadata']} has columns for by=<column>, which is missing.")
    runs, device = runs_of(config["run"]), device_of(config["device"])
    members = {}
    for name, run in runs.items():
        saved = _with_data(config_of(run), config, check)
        members[name] = Member(load(run, device, config["weights"]), build(saved, "loss").to(device).eval(), saved)
    served = {name: data_for(member.config, member.pipeline) for name, member in members.items()}
    combined = None
    if config["ensemble"] is not None:
        combined = Ensemble({name: member.pipeline for name, member in members.items()}, config["ensemble"])
        _check_ensemble(combined, members, served, config["split"])
    for name, member in members.items():
        evaluated = evaluate(name, Ensemble({name: member.pipeline}), [member.loss], served[name], config["split"])
        if not config["dataset"]:
            _warn_of_changes(folder_of(runs[name]), served[name], config["split"])
        yield evaluated._replace(run=runs[name])
        served[name].splits.clear()  # keep the data of one run in memory at a time
    if combined is not None:
        losses, data = [member.loss for member in members.values()], next(iter(served.values()))
        yield evaluate(f"{combined.mode} of all", combined, losses, data, config["split"])


def _warn_of_changes(run: Path, data: DataModule, split: SplitName) -> None:
    """Warn if the samples of a split have changed since the training."""
    now = data.fingerprint
    used = {name: now[name] for name in (data.split_indices[split].source, "files")}
    if change := difference(recorded(run), used):
        log.warning("The data have changed since %s was trained (%s).", run.name, change)


def _check_ensemble(
    ensemble: Ensemble, members: Mapping[str, Member], served: Mapping[str, DataModule], split: SplitName
) -> None:
    """Check that all runs have the same split, and that their predictions can be combined.

    Raises:
        InputError: the splits differ, or the definition has no such ensemble mode.
    """
    first, *others = ((members[name].config["dataset"], data.split_indices[split]) for name, data in served.items())
    if any(other != first for other in others):
        raise InputError(
            f"The {split} split is not the same for all runs (another seed, fold or dataset): validation samples of "
            "one may be training samples of another. Evaluate their ensemble on split=test, or on another dataset=…."
        )
    prediction = ensemble.first.predict(to_device(example(ensemble.definition, 2).input, ensemble.device))
    ensemble.combine([prediction, prediction])


def _with_data(saved: Config, overrides: Config, check: Callable[[Config], list[str]]) -> PlainData:
    """Config of a run with the `dataset` (another one, or single values) and the `data` of `overrides`."""
    dataset, data = overrides["dataset"], dict(saved["data"])
    if "_target_" in dataset:  # the selection of samples belongs to the replaced dataset
        data = {name: value for name, value in data.items() if name not in SELECTION}
    else:
        dataset = merged(saved["dataset"], dataset)
    config = {**saved, "dataset": dataset, "data": merged(data, overrides["data"])}
    problems = check(config)
    if problems:
        raise InputError("\n       ".join(problems))
    return config


def merged(config: Config, overrides: Config) -> PlainData:
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
    """Results of one batch; an ensemble has no metric inputs, since each pipeline has its own output."""

    scored: Scored
    metric_inputs: MetricInputs | None


def evaluate(name: str, ensemble: Ensemble, losses: list[Loss], data: DataModule, split: SplitName) -> Evaluated:
    """Compute predictions and metrics of a split; the loss of an ensemble is the mean of its members' losses.

    Raises:
        InputError: the loss of a sample is NaN or infinite.
    """
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
    table = with_meta(rows.table(), data, split)
    if odd := table.filter(~table["loss"].is_finite())["id"].to_list():
        raise InputError(
            f"{name}: the loss of {len(odd)} of {len(table)} samples of {split} is NaN or infinite, the first is "
            f"sample {odd[0]}: look at its data, or evaluate another checkpoint."
        )
    computed = metrics.compute() if len(pipelines) == 1 else {}
    figures = {metric: float(value) for metric, value in computed.items()}
    worst = draw_worst(table, data.splits[split], ensemble.predict_batch, ensemble.definition)
    return Evaluated(name, table, ensemble.definition, {"loss": weighted_loss(table)} | figures, worst)
