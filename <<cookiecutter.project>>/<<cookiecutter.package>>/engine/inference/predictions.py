"""A row for each sample: what was right, what was answered, and how good that is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import torch
from torch import Tensor

from ..checkpoints.checkpoint import definition_of, describe_definition
from ..checkpoints.plain_data import dumps, loads
from ..core.errors import InputError, first_line
from ..core.files import atomic_write
from ..definitions.definition import Batch, Definition

WORST = 200  # samples in worst.csv
DEFINITION = "definition"  # in the metadata of a Parquet file


class Held(NamedTuple):
    """What a batch had to say, on the CPU."""

    id: Tensor
    weight: Tensor
    loss: Tensor
    prediction: Any
    target: Any


class PredictionRows:
    """Gathers the answers to the samples of one split, batch by batch."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.held: list[Held] = []

    def add(self, batch: Batch, prediction: Any, loss: Tensor) -> None:
        """Answers to a batch with one loss a sample."""
        parts = (batch.id, batch.weight, loss.float(), prediction, batch.target)
        self.held.append(Held(*(_on_cpu(part) for part in parts)))

    def table(self, paths: Sequence[Path | None]) -> pl.DataFrame:
        """Sorted by `id`, a sample's place in its split, and each id once; `paths` are those of all ids. The mean of
        `loss` by `weight` is the loss of the split.
        """
        ids, weight, loss, prediction, target = (_joined(parts) for parts in zip(*self.held, strict=True))
        facts = {"loss": loss.numpy(), "weight": weight.numpy()}
        table = pl.DataFrame({"id": ids.numpy(), **self.definition.to_columns(prediction, target), **facts})
        table = table.unique("id", keep="first").sort("id")  # the processes of a job may share the last samples
        named = [paths[place] for place in table["id"]]
        if any(named):
            table.insert_column(1, pl.Series("path", [path and str(path) for path in named], dtype=pl.String))
        return table


def _on_cpu(part: Any) -> Any:
    return part.detach().cpu() if isinstance(part, Tensor) else type(part)(*(field.detach().cpu() for field in part))


def _joined(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], Tensor):
        return torch.cat(list(parts))
    return type(parts[0])(*(torch.cat(fields) for fields in zip(*parts, strict=True)))


def write(table: pl.DataFrame, definition: Definition, folder: Path) -> None:
    """predictions.csv, predictions.parquet, and worst.csv: the samples of the greatest loss."""
    with atomic_write(folder / "predictions.csv") as path:
        table.write_csv(path)
    with atomic_write(folder / "predictions.parquet") as path:
        table.write_parquet(path, metadata={DEFINITION: dumps(describe_definition(definition))})
    with atomic_write(folder / "worst.csv") as path:
        table.sort("loss", descending=True).head(WORST).write_csv(path)


def read(path: Path) -> tuple[pl.DataFrame, Definition]:
    """Table and definition of a predictions.parquet.

    Raises:
        InputError: the file is none.
    """
    try:
        table = pl.read_parquet(path, glob=False)
        return table, definition_of(loads(pl.read_parquet_metadata(path)[DEFINITION]))
    except (
        AttributeError,
        ImportError,
        LookupError,
        OSError,
        TypeError,
        ValueError,
        pl.exceptions.PolarsError,
    ) as error:
        raise InputError(
            f"{path} holds no predictions ({first_line(error)}): expected a predictions.parquet."
        ) from error
