"""Trained pipelines at work on whole splits, each by itself or in a vote."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from polars import DataFrame

from ..datasets.datamodule import DataModule, defaults
from ..datasets.dataset import SplitName
from ..definitions.definition import Definition, Vote
from ..errors import InputError
from ..losses.loss import Loss
from ..progress import progress
from ..run.artefact import check_same_way, load
from ..run.build import build
from ..run.parts import data_for
from ..run.saved import config_of, device_of, runs_of
from ..strict.check import check
from ..transformers.pipeline import Pipeline
from .predictions import Predictions


class Member(NamedTuple):
    """A trained run: its pipeline and loss, and the config for the data."""

    pipeline: Pipeline
    loss: Loss
    config: Mapping[str, Any]


def evaluations(config: Mapping[str, Any]) -> Iterator[tuple[str, DataFrame, Definition]]:
    """Name, predictions and definition of every run that the config of evaluate.py names, and then of their vote. All
    runs are loaded before the first is evaluated.

    Raises:
        InputError: a run cannot be loaded, its data do not fit it, or those that shall vote differ in more than the
            network.
    """
    runs, device = runs_of(config["run"]), device_of(config["device"])
    members = {}
    for name, run in runs.items():
        saved = _with_dataset(config_of(run), config["dataset"])
        members[name] = Member(load(run, device, config["weights"]), build(saved, "loss"), saved)
    if config["vote"] is not None:
        check_same_way({name: member.pipeline for name, member in members.items()})
    served = {name: data_for(member.config, member.pipeline) for name, member in members.items()}
    for name, member in members.items():
        yield name, predictions_of([member], served[name], config["split"]), member.pipeline.definition
    if config["vote"] is not None:
        data = next(iter(served.values()))
        table = predictions_of(list(members.values()), data, config["split"], config["vote"])
        yield config["vote"], table, data.definition


def _with_dataset(saved: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    dataset = {**saved["dataset"], **asked}
    if "_target_" in asked:  # another set: of the run's, only the folder of all data stays
        dataset = {"root": saved["dataset"]["root"], **defaults(), **asked}
    if problems := check({**saved, "dataset": dataset}, "train"):
        raise InputError("\n       ".join(problems))
    return {**saved, "dataset": dataset}


def predictions_of(members: Sequence[Member], data: DataModule, split: SplitName, vote: Vote = "mean") -> DataFrame:
    """The answers to all samples of a split, in its order. Those of several members are the `vote`, and the loss is the
    mean of theirs.
    """
    pipeline = members[0].pipeline
    device = next(pipeline.parameters()).device
    predictions = Predictions(pipeline.definition)
    for batch in progress("evaluating", "batches", data.in_order(split)):
        batch = data.transfer_batch_to_device(batch, device, 0)
        answers, losses = zip(*(_answer(member, batch) for member in members), strict=True)
        answer = answers[0] if len(answers) == 1 else pipeline.definition.vote(answers, vote)
        predictions.add(batch, answer, torch.stack(losses).mean(0))
    return predictions.table(data.paths(split))


def _answer(member: Member, batch: Any) -> tuple[Any, torch.Tensor]:
    pipeline = member.pipeline
    with pipeline.evaluating():
        prediction = pipeline(batch.input)
        return pipeline.postprocess(prediction), member.loss(prediction, batch.target).total
