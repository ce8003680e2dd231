"""Tables on the terminal, at the start and the end of a script."""

import logging
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from ..core.processes import first
from ..data.datamodule import DataModule
from ..data.lazy_rows import LazyRows
from ..definitions.ragged import Ragged
from ..training.warm_start import WarmStartReport
from .data_card import counts_of
from .evaluation import COMPARISON, intervals_in, scores_of, with_interval

if TYPE_CHECKING:  # not imported by every script
    from pytorch_lightning import Callback, Trainer

    from ..inference.export import Exported

log = logging.getLogger(__name__)
OUTPUTS = {
    "checkpoints": "checkpoints/*.ckpt",
    "pictures": "pictures/*.png",
    "test samples": "test/*.*",
    "page": "report.html",
}
console = Console(soft_wrap=True, quiet=not first())


def warn_without_checkpoints(trainer: "Trainer", callbacks: "Mapping[str, Callback]") -> None:
    """Warn of callbacks among which none keeps checkpoints."""
    if callbacks and not trainer.checkpoint_callbacks:
        log.warning(
            "No checkpoint will be kept, since the callbacks are only %s: callback=[default,…] adds those that do.",
            ", ".join(callbacks),
        )


def show_data(data: DataModule) -> None:
    """Print the samples, fields (shape, dtype, range) and targets of each split, and warn of missing classes."""
    table = Table("split", "samples", "fields", "targets", title="Data", title_justify="left")
    sets = {f"val/{name}": batch for name, batch in data.validation_splits.items()}
    for split, batch in {**data.splits, **sets}.items():
        fields = [
            f"{name} {list(field.shape[1:])} {str(field.dtype).removeprefix('torch.')} {_extent(field)}"
            for part in (batch.input, batch.target)
            for name, field in part._asdict().items()
        ]
        table.add_row(split, f"{len(batch.id):,}", "\n".join(fields), data.definition.presentation().describe(batch))
    console.print(table)
    names = data.definition.class_names()
    for split, counts in counts_of(data.definition, data.splits).items() if names else ():
        if missing := [name for name, count in zip(names, counts, strict=True) if not count]:
            log.warning("%s has no sample of %s", split, ", ".join(missing[:10]) + (", …" if missing[10:] else ""))


def _extent(field: Tensor | LazyRows | Ragged) -> str:
    if isinstance(field, LazyRows):
        return "(in files)"
    if isinstance(field, Ragged):
        return f"(lengths {int(field.lengths.min())} to {int(field.lengths.max())})"
    if not field.numel():
        return "(empty)"
    return f"{field.min().item():.4g} to {field.max().item():.4g}"


def show_layers(network: nn.Module) -> None:
    """Print each layer that has tensors: their shapes, and the number of trained parameters."""
    table = Table("layer", "type", "trained", "not trained", "parameters", title="Network", title_justify="left")
    for name, layer in network.named_modules():
        parameters = list(layer.parameters(recurse=False))
        trained = [parameter for parameter in parameters if parameter.requires_grad]
        rest = [parameter for parameter in parameters if not parameter.requires_grad]
        rest += layer.buffers(recurse=False)
        if trained or rest:
            shapes = [" ".join(str(list(tensor.shape)) for tensor in tensors) for tensors in (trained, rest)]
            table.add_row(name, type(layer).__name__, *shapes, f"{sum(p.numel() for p in trained):,}")
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    frozen = len(list(network.parameters())) - len(trained) + len(list(network.buffers()))
    total = sum(parameter.numel() for parameter in trained)
    table.add_section()
    table.add_row("total", "", f"{len(trained)} tensors", f"{frozen} tensors", f"{total:,}")
    console.print(table)


def show_warm_start(report: WarmStartReport) -> None:
    """Print for each tensor of the pipeline or the file whether it was loaded, or the reason if not."""
    table = Table("tensor", "", title="Warm start", title_justify="left")
    for name in report.loaded:
        table.add_row(name, "loaded")
    for name, reason in report.missing_keys.items():
        table.add_row(name, f"not loaded: {reason}")
    for name in report.unexpected_keys:
        if name not in report.missing_keys:
            table.add_row(name, "left in the file")
    console.print(table)


def show_tables(parts: Mapping[str, str | Sequence[Sequence[str]]]) -> None:
    """Print texts and tables (the first row is the head), each under its heading."""
    for heading, content in parts.items():
        if isinstance(content, str):
            console.print(f"{heading}: {content}", markup=False)
            continue
        table = Table(*content[0], title=heading, title_justify="left")
        for row in content[1:]:
            table.add_row(*row)
        console.print(table)


def show_columns(heading: str, rows: Sequence[Sequence[str]], place: str = "the page") -> None:
    """Print a table (the first row is the head) with as many columns from the left as fit the terminal, at least two,
    and name the others, which are in `place`.
    """
    ends = list(accumulate(max(map(cell_len, column)) + len("│  ") for column in zip(*rows, strict=True)))
    count = max(sum(end < console.width for end in ends), 2)
    show_tables({heading: [row[:count] for row in rows]})
    if left_out := rows[0][count:]:
        console.print(f"{len(left_out)} more columns in {place}: {', '.join(left_out)}", markup=False)


def show_metrics(metrics: Mapping[str, Mapping[str, object]], folder: Path) -> None:
    """Print the metrics of an evaluated run, or a row for each of several."""
    scores = {run: scores_of(values) for run, values in metrics.items()}
    names = list(dict.fromkeys(name for values in scores.values() for name in values))
    if len(scores) == 1:
        ((run, values),) = scores.items()
        show_tables({run: [["metric", "value (95 %)"], *([name, values[name]] for name in names)]})
    else:
        rows = [["run", *names], *([run, *(values.get(name, "") for name in names)] for run, values in scores.items())]
        show_columns("95 % in brackets", rows, f"the folder's {COMPARISON}")
    console.print(f"folder: {folder}")


def show_export(exported: "Exported") -> None:
    """Print the differences between the predictions of file and checkpoint, and the parts left out of the file."""
    table = Table("prediction", "largest difference", title="Export", title_justify="left")
    for field, value in exported.differences.items():
        table.add_row(field, f"{value:.2g}")
    console.print(table)
    console.print(f"compared on {exported.samples}, in batches of {', '.join(map(str, exported.sizes))}", markup=False)
    console.print(exported.left_out, markup=False)


def show_result(metrics: Mapping[str, float | Tensor], folder: Path) -> None:
    """Print the test metrics, and the paths of all outputs of the run."""
    table = Table("metric", "value (95 %)", title="Test", title_justify="left")
    ends = intervals_in(folder / "test")
    for name, value in metrics.items():
        table.add_row(name, with_interval(float(value), ends.get(name.removeprefix("test/"))))
    console.print(table)
    console.print(f"run folder: {folder}")
    for output, pattern in OUTPUTS.items():
        names = sorted(str(path.relative_to(folder)) for path in folder.glob(pattern))
        if names:
            console.print(f"{output}: {', '.join(names)}")
