"""Pictures, tables and texts of samples and predictions, with defaults for numbers, classes and images."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..core.errors import InputError
from .definition import Batch, Definition, InputT, OutputT, PredictionT, TargetT
from .elements import as_columns, as_text, described, fixed_fields, image_field, value_text
from .fields import map_fields
from .row_metrics import RowMetric

if TYPE_CHECKING:  # a prediction needs neither
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from polars import DataFrame

    from .plot import Plot

EnsembleMode = Literal["mean", "majority"]
Columns = Mapping[str, NDArray[np.generic]]
Cell = str | float | None
"""Value in a row of a table, None or an empty text where it is missing."""
Record = Mapping[str, Cell] | Sequence[float] | str | Path | object


class Presentation(Generic[InputT, TargetT, OutputT, PredictionT]):
    """Presentation of one definition. A subclass overrides methods for its fields."""

    file_extensions: ClassVar[frozenset[str]] = frozenset()
    """Extensions of files that are one input each."""
    row_extensions: ClassVar[frozenset[str]] = frozenset({".csv", ".jsonl", ".parquet"})
    """Extensions of tables whose every row is one input; in a `.txt` file every line is one, as the column `text`."""

    def __init__(self, definition: Definition[InputT, TargetT, OutputT, PredictionT]) -> None:
        self.definition = definition

    # Inputs from files and arrays

    def load_input(self, record: Record) -> InputT:
        """Raw input of one sample from a record: here a row of a table by column, or its numbers in order.

        `column_names` names the columns; the only element of a field may also have the field's name.

        Raises:
            InputError: the record does not give every element of every field.
        """
        from .row_input import input_of_numbers, input_of_row

        found = input_of_row(self, record) if isinstance(record, Mapping) else input_of_numbers(self, record)
        if found is not None:
            return cast(InputT, found)
        raise InputError(
            f"{type(self).__name__}.load_input cannot read {type(record).__name__}: expected a row of a table, "
            "or override it."
        )

    def columns(self) -> Sequence[str]:
        """Columns of a row that is an input, empty if no row is one."""
        from .row_input import columns_of

        return columns_of(self) if self.row_extensions else ()

    def column_names(self, field: str, count: int) -> Sequence[str]:
        """Columns of a table that hold the `count` elements of an input field, by default `<field>_<number>`."""
        return [f"{field}_{index}" for index in range(count)]

    # Tables

    def to_columns(
        self, prediction: PredictionT, target: TargetT | None = None, top: int | None = None
    ) -> dict[str, NDArray[np.generic]]:
        """Columns with a value for each sample: the prediction and, with a target, the target and the absolute error.
        `top` limits the number of alternative predictions.

        Fields with a free axis are left out, since their number of elements differs from batch to batch.
        """
        names, sizes = self.definition.class_names(), self.definition.sizes()
        predicted = fixed_fields(prediction, sizes)
        columns = as_columns("prediction", predicted, names)
        if target is not None:
            expected = fixed_fields(target, sizes)
            columns |= as_columns("target", expected, names)
            for field in expected.keys() & predicted.keys():
                error = predicted[field].double() - expected[field].double()
                columns[f"absolute_error_{field}"] = error.abs().reshape(len(error), -1).mean(1).cpu().numpy()
        return columns

    def row_metrics(self) -> dict[str, RowMetric]:
        """Metrics that a table with targets gives, by name; for intervals and comparisons. By default the loss."""
        return {"loss": RowMetric([("loss", None)], greater_is_better=False, weight="weight")}

    def summarize(self, table: "DataFrame") -> dict[str, object]:
        """Summary statistics of a table beyond the definition's metrics, as plain data."""
        return {}

    def charts(self, table: "DataFrame") -> dict[str, "Figure"]:
        """Charts of a table by name, by default each predicted number over its target."""
        from .default_charts import predicted_over_target

        return predicted_over_target(table)

    def plots(self, table: "DataFrame") -> "dict[str, list[Plot]]":
        """Plots of a table for the page of a run, in place of the charts of the same names; by default none."""
        return {}

    def one_vs_rest(self, prediction: PredictionT, target: TargetT) -> dict[str, tuple[Tensor, Tensor]]:
        """Binary decisions by name, as (probability, target) of each sample. TensorBoard draws a precision-recall curve
        of each.
        """
        return {}

    def ensemble(self, predictions: Sequence[PredictionT], mode: EnsembleMode) -> PredictionT:
        """Combine the predictions of several pipelines, by default as the mean of each field.

        Raises:
            InputError: the fields have no mean.
        """
        if mode != "mean" or not all(field.is_floating_point() for field in predictions[0]):
            raise InputError(
                f"{type(self).__name__} has no ensemble by {mode}: use mean of numbers, or override ensemble."
            )
        return map_fields(lambda *fields: torch.stack(fields).mean(0), *predictions)

    def files(self, prediction: PredictionT, records: Sequence[Record]) -> list[dict[str, bytes]]:
        """Files that hold the prediction of each record, by their extension (`.png`); by default none."""
        return [{} for _ in records]

    # Texts

    def describe(self, batch: Batch[InputT, TargetT]) -> str:
        """Line of text about the targets of many samples."""
        stratify, names = self.definition.stratify, self.definition.class_names()
        fields = batch.target._asdict().items()
        return "; ".join(described(name, values, names if name == stratify else ()) for name, values in fields)

    def target_text(self, batch: Batch[InputT, TargetT]) -> list[str]:
        """Short text for the target of each sample."""
        return as_text(batch.target, self.definition.class_names())

    def prediction_text(self, prediction: PredictionT) -> list[str]:
        """Short text for each prediction."""
        return as_text(prediction, self.definition.class_names())

    def format_samples(self, batch: Batch[InputT, TargetT], prediction: PredictionT) -> list[str]:
        """Line of text for each sample: its target and its prediction."""
        rows = zip(batch.id.tolist(), self.target_text(batch), self.prediction_text(prediction), strict=True)
        return [f"sample {number}: target {target}, predicted {predicted}" for number, target, predicted in rows]

    # Pictures

    def caption(self, target: str, prediction: str | None) -> str:
        """Lines above a sample in a grid."""
        if prediction is None or prediction == target:
            return target
        return f"predicted {prediction}\ntarget {target}"

    def picture(self, input: InputT) -> Tensor | None:
        """Pixels (H, W, 1 or 3) uint8 of the input of one sample; None if it is not an image."""
        return image_field(input)

    def input_text(self, input: InputT) -> str:
        """Text of the input of one sample, raw or prepared, for pictures: by default a line with the values of each
        field, or with the shape of a large one.
        """
        return "\n".join(f"{name} {value_text(value)}" for name, value in input._asdict().items() if value is not None)

    def pictures(
        self, inputs: Sequence[InputT], target: TargetT | None = None, prediction: PredictionT | None = None
    ) -> list[Tensor | None]:
        """Picture of each sample, (H, W, 1 or 3) uint8 or None: by default that of its input alone."""
        return list(map(self.picture, inputs))

    def show(self, axis: "Axes", box: tuple[float, float, float, float], input: InputT, picture: Tensor | None) -> None:
        """Draw a sample into `box` (left, right, bottom, top) of an axis: its picture, else the text of its input."""
        from .grid import show_input

        show_input(axis, box, input, picture, "" if picture is not None else self.input_text(input))

    def draw(self, batch: Batch[InputT, TargetT], prediction: PredictionT | None = None) -> "Figure":
        """Grid of up to 24 samples, captioned with targets and, optionally, predictions."""
        from .grid import draw_grid

        return draw_grid(self, batch, prediction)

    def inputs(self, batch: Batch[InputT, TargetT]) -> Iterator[InputT]:
        """Inputs of the samples, one by one."""
        return (
            map_fields(lambda field, index=index: None if field is None else field[index], batch.input)
            for index in range(len(batch.id))
        )
