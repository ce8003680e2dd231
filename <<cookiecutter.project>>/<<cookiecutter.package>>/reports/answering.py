"""Trained pipelines at work on whole splits, each by itself or in a vote."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from matplotlib.figure import Figure
from polars import DataFrame

from ..datasets.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..datasets.loading import arguments_of, defaults
from ..definitions.definition import Definition, Vote
from ..definitions.example import example
from ..errors import InputError
from ..losses.loss import Loss
from ..progress import progress
from ..run.artefact import check_same_way, load
from ..run.build import build
from ..run.parts import data_for
from ..run.saved import config_of, device_of, runs_of
from ..strict.check import check
from ..transformers.pipeline import Pipeline
from .pictures import worst
from .predictions import Predictions


class Member(NamedTuple):
    """A trained run: its pipeline and loss, and the config for the data."""

    pipeline: Pipeline
    loss: Loss
    config: Mapping[str, Any]


class Evaluated(NamedTuple):
    """What a run, or a vote, said to a split."""

    name: str
    table: DataFrame
    definition: Definition
    worst: Figure | None = None


def evaluations(config: Mapping[str, Any]) -> Iterator[Evaluated]:
    """Every run that the config of evaluate.py names, and then their vote. All runs are loaded before the first is
    evaluated.

    Raises:
        InputError: a run cannot be loaded, its data do not fit it, or those that shall vote differ in more than the
            network.
    """
    runs, device = runs_of(config["run"]), device_of(config["device"])
    members = {}
    for name, run in runs.items():
        saved = _with_dataset(config_of(run), config["dataset"])
        members[name] = Member(load(run, device, config["weights"]), build(saved, "loss").to(device).eval(), saved)
    served = {name: data_for(member.config, member.pipeline) for name, member in members.items()}
    if config["vote"] is not None:
        _check_vote(members, served, config["split"], config["vote"])
    for name, member in members.items():
        yield _evaluated(name, [member], served[name], config["split"])
        served[name].splits.clear()  # of many runs, one at a time
    if config["vote"] is not None:
        data, everyone = next(iter(served.values())), list(members.values())
        yield _evaluated(f"{config['vote']} of all", everyone, data, config["split"], config["vote"])


def _check_vote(members: Mapping[str, Member], served: Mapping[str, DataModule], split: SplitName, vote: Vote) -> None:
    """Before the first run is evaluated: whether all can answer to the same samples, and their answers become one.

    Raises:
        InputError: they cannot.
    """
    pipelines = {name: member.pipeline for name, member in members.items()}
    check_same_way(pipelines)
    first, *others = (
        (arguments_of(members[name].config["dataset"])[0], data.division()[split]) for name, data in served.items()
    )
    if any(other != first for other in others):
        raise InputError(
            f"The {split} split is not the same for all runs (another seed, fold or dataset): what validated one may "
            "have trained another. Let them vote on split=test, or on a dataset=… of its own."
        )
    one = next(iter(pipelines.values()))
    tried = example(one.definition, 2).input
    moved = type(tried)(*(field.to(next(one.parameters()).device) for field in tried))
    voted([pipeline.predict(moved) for pipeline in pipelines.values()] * 2, one.definition, vote)


def _evaluated(
    name: str, members: Sequence[Member], data: DataModule, split: SplitName, vote: Vote = "mean"
) -> Evaluated:
    table = predictions_of(members, data, split, vote)

    def predict(input: Any) -> Any:
        device = next(members[0].pipeline.parameters()).device
        moved = type(input)(*(field.to(device) for field in input))
        return voted([member.pipeline.predict(moved) for member in members], data.definition, vote)

    return Evaluated(name, table, data.definition, worst(table, data.splits[split], predict, data.definition))


def _with_dataset(saved: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    dataset = {**saved["dataset"], **asked}
    if "_target_" in asked:  # another set: of the run's, only the folder of all data stays
        dataset = {"root": saved["dataset"]["root"], **defaults(), **asked}
    problems = check({**saved, "dataset": dataset}, only="dataset")
    if problems:
        raise InputError("\n       ".join(problems))
    return {**saved, "dataset": dataset}


def predictions_of(members: Sequence[Member], data: DataModule, split: SplitName, vote: Vote = "mean") -> DataFrame:
    """The answers to all samples of a split, in its order. Those of several members are the `vote`, and the loss is the
    mean of theirs.
    """
    device = next(members[0].pipeline.parameters()).device
    predictions = Predictions(data.definition)
    for batch in progress("evaluating", "batches", data.in_order(split)):
        batch = data.transfer_batch_to_device(batch, device, 0)
        answers, losses = zip(*(_answer(member, batch) for member in members), strict=True)
        predictions.add(batch, voted(answers, data.definition, vote), torch.stack(losses).mean(0))
    return predictions.table(data.paths(split))


def voted(answers: Sequence[Any], definition: Definition, vote: Vote) -> Any:
    """The one answer there is, or the `vote` of several."""
    return answers[0] if len(answers) == 1 else definition.vote(answers, vote)


def _answer(member: Member, batch: Any) -> tuple[Any, torch.Tensor]:
    pipeline = member.pipeline
    with pipeline.evaluating():
        prediction = pipeline(batch.input)
        return pipeline.postprocess(prediction), member.loss(prediction, batch.target).total
