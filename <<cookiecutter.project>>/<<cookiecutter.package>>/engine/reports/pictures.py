"""Pictures of data."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..data.collate import index_batch
from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..definitions.definition import Batch, Definition
from ..definitions.fields import map_fields
from ..definitions.ragged import Ragged, values_of
from .data_card import Splits, class_labels, counts_of

SHOWN = 24  # samples of a grid


def class_means(definition: Definition, batch: Batch) -> Batch | None:
    """Batch with the mean input of each class that is present; None without classes, or if samples differ in length."""
    labels = class_labels(definition, batch)
    if labels is None or any(isinstance(field, Ragged) for field in batch.input):
        return None
    present = labels.unique()
    firsts = [(labels == label).nonzero()[0, 0] for label in present]
    mean = [[field[labels == label].double().mean(0).to(field.dtype) for label in present] for field in batch.input]
    indices = torch.stack(firsts)
    return batch._replace(
        id=batch.id[indices],
        weight=batch.weight[indices],
        input=type(batch.input)(*(torch.stack(field) for field in mean)),
        target=type(batch.target)(*(field[indices] for field in batch.target)),
    )


def balance(definition: Definition, splits: Splits) -> Figure:
    """Bar chart of the samples of each class, one bar per split."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    axis = figure.subplots()
    counts = counts_of(definition, splits)
    width = 0.8 / len(counts)
    for number, (split, values) in enumerate(counts.items()):
        axis.bar([label + number * width for label in range(len(values))], values, width, label=split)
    axis.set_xticks(range(len(definition.class_names())), definition.class_names(), rotation=45, ha="right")
    axis.set_ylabel("samples")
    axis.legend()
    return figure


def histograms(splits: Splits) -> Figure:
    """Histogram of the values of each field, one line per split."""
    train = splits["train"]
    fields = train.input._asdict() | train.target._asdict()
    names = [name for name, field in fields.items() if values_of(field).numel()]
    figure = Figure(figsize=(10, 3 * len(names)), layout="constrained")
    axes = figure.subplots(len(names), squeeze=False)[:, 0]
    for axis, name in zip(axes, names, strict=True):
        for split, batch in splits.items():
            part = batch.input if name in batch.input._fields else batch.target
            values = values_of(getattr(part, name)).flatten()[:2_000_000].float().numpy()
            axis.hist(values, bins=50, density=True, histtype="step", label=split)
        axis.set(xlabel=name, ylabel="share")
        axis.legend()
    return figure


def spread(definition: Definition, batch: Batch, count: int = SHOWN) -> Tensor:
    """Indices of `count` random samples, of the classes in turn; the same in every call."""
    order = torch.randperm(len(batch.id), generator=torch.Generator().manual_seed(0))
    if (labels := class_labels(definition, batch)) is None:
        return order[:count]
    shuffled = labels[order]
    turn = torch.zeros_like(shuffled)
    for label in shuffled.unique():
        own = shuffled == label
        turn[own] = torch.arange(int(own.sum()))
    return order[torch.argsort(turn * (int(labels.max()) + 1) + shuffled)[:count]]


def raw(data: DataModule, split: SplitName, ids: Tensor) -> Batch:
    """Batch of samples as the dataset returns them; a field whose samples differ in shape is a list."""
    samples = data.samples(split)
    chosen = [samples[index] for index in ids.tolist()]
    inputs = map_fields(lambda *field: _stack_or_list(field), *(sample.input for sample in chosen))
    targets = map_fields(lambda *field: _stack_or_list(field), *(sample.target for sample in chosen if sample.target))
    return Batch(torch.tensor([sample.id for sample in chosen]), torch.ones(len(chosen)), inputs, targets)


def _stack_or_list(values: Sequence[object]) -> Tensor | list[Tensor] | Sequence[object] | None:
    if values[0] is None:  # filled in by collation
        return None
    if not isinstance(values[0], Tensor | float | int):
        return values
    tensors = [torch.as_tensor(value) for value in values]
    return torch.stack(tensors) if len({tensor.shape for tensor in tensors}) == 1 else tensors


def grids(data: DataModule) -> dict[str, Figure]:
    """Grids of 3 x 8 samples, of the classes in turn: each split after the cached transformers, training samples as in
    the dataset, and augmented training samples.
    """
    chosen = {split: spread(data.definition, batch) for split, batch in data.splits.items()}
    drawn: dict[str, Figure] = {
        split: data.definition.presentation().draw(index_batch(batch, chosen[split]))
        for split, batch in data.splits.items()
    }
    if data.has_raw_samples:
        drawn["train, as the dataset has it"] = data.definition.presentation().draw(
            raw(data, "train", data.splits["train"].id[chosen["train"]])
        )
    drawn["train, augmented"] = data.definition.presentation().draw(data.preview("train"))
    return drawn
