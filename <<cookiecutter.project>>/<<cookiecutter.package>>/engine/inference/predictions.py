"""Table of predictions with target and loss, one row per sample."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple

import polars as pl
import torch
from torch import Tensor

from ..checkpoints.checkpoint import definition_of, describe_definition
from ..checkpoints.plain_data import dumps, loads
from ..core.errors import InputError, first_line
from ..core.files import atomic_write
from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..datasets.meta import columns_of
from ..definitions.definition import Definition, PredictionT, TargetT
from ..definitions.fields import to_device

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORST = 200  # samples in worst.csv
DEFINITION, METRICS = "definition", "metrics"  # in the metadata of a Parquet file
CPU = torch.device("cpu")


class Scored(NamedTuple, Generic[TargetT, PredictionT]):
    """Predictions for a batch, with id, weight and loss of each sample (batch)."""

    id: Tensor
    weight: Tensor
    loss: Tensor
    prediction: PredictionT
    target: TargetT


class Evaluated(NamedTuple):
    """Predictions of a split, its loss and metrics by name, and a picture of the samples of the greatest loss.

    `run`: the run folder or checkpoint; None for an ensemble and for stored predictions.
    """

    name: str
    table: pl.DataFrame
    definition: Definition
    metrics: Mapping[str, float]
    worst: "Figure | None" = None
    run: Path | None = None


class PredictionRows:
    """Predictions of one split, collected batch by batch on the CPU."""

    def __init__(self, definition: Definition) -> None:
        self.presentation = definition.presentation()
        self.tables: list[pl.DataFrame] = []

    def add(self, scored: Scored) -> None:
        """Add the rows of a batch."""
        scored = to_device(scored, CPU)
        columns = self.presentation.to_columns(scored.prediction, scored.target)
        facts = {"loss": scored.loss.float().numpy(), "weight": scored.weight.numpy()}
        frame = pl.DataFrame({"id": scored.id.numpy(), **columns, **facts})
        # A copy in the memory of polars: small arrays of numpy between large tensors would keep the heap from being
        # reused, and it would grow by the size of each batch (8 GB for 4,000 masks).
        self.tables.append(frame.select(pl.all().gather(pl.int_range(pl.len()))))

    def table(self) -> pl.DataFrame:
        """Table sorted by `id` (index of a sample in its split), without duplicates.

        The mean of `loss`, weighted by `weight`, is the loss of the split.
        """
        return pl.concat(self.tables).unique("id", keep="first").sort("id")  # processes may share the last samples


def with_meta(table: pl.DataFrame, data: DataModule, split: SplitName) -> pl.DataFrame:
    """Table of predictions with the meta columns of its samples after `id`, null where a sample has no value.

    Raises:
        InputError: the dataset gives other values than texts and numbers, or a column that the table already has.
    """
    columns = columns_of(data.dataset, data.meta(split, table["id"]), table.columns)
    meta = [pl.Series(name, values, strict=False) for name, values in columns.items()]
    return table.select("id", *meta, pl.exclude("id"))


def weighted_loss(table: pl.DataFrame) -> float:
    """Mean of the column `loss`, weighted by `weight`."""
    loss, weight = (table[name].to_numpy().astype("float64") for name in ("loss", "weight"))
    return float((loss * weight).sum() / weight.sum())


def write(evaluated: Evaluated, folder: Path) -> None:
    """Write predictions.csv, predictions.parquet, and the rows of the greatest loss as worst.csv."""
    with atomic_write(folder / "predictions.csv") as path:
        evaluated.table.write_csv(path)
    metadata = {
        DEFINITION: dumps(describe_definition(evaluated.definition)),
        METRICS: dumps(dict(evaluated.metrics)),
    }
    with atomic_write(folder / "predictions.parquet") as path:
        evaluated.table.write_parquet(path, metadata=metadata)
    with atomic_write(folder / "worst.csv") as path:
        evaluated.table.sort("loss", descending=True).head(WORST).write_csv(path)


def read(path: Path) -> Evaluated:
    """Read a predictions.parquet.

    Raises:
        InputError: the file holds no predictions.
    """
    try:
        metadata = pl.read_parquet_metadata(path)
        definition = definition_of(loads(metadata[DEFINITION]))
        return Evaluated("predictions", pl.read_parquet(path, glob=False), definition, loads(metadata[METRICS]))
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
