"""`compare.py`: tables and sentences, or JSON."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.errors import InputError
from ..core.plain import Config
from .command_line import compose_and_run

if TYPE_CHECKING:
    from ..datasets.dataset import SplitName
    from ..reports.differences import Difference

SPLITS: "tuple[SplitName, ...]" = ("val", "test")


def main() -> None:
    """Compare runs on the same samples, and print what is shown."""
    compose_and_run(_main, "compare")


def _main(config: Config) -> None:
    # Imported here: --help and a refused command line need no torch.
    from ..checkpoints.runs import runs_of
    from ..reports.console import show_tables
    from ..reports.differences import compared
    from ..reports.sides import sides_of

    runs = runs_of(config["runs"], "runs", trained=False)
    found, reasons = [], []
    for split in SPLITS if config["split"] == "both" else [each for each in SPLITS if each == config["split"]]:
        try:
            sides = sides_of(runs, split)
        except InputError as error:  # the other split may do
            reasons.append(str(error))
            continue
        reasons += sides.left_out
        found += compared(sides, split)
    if not found:
        raise InputError("\n       ".join(dict.fromkeys(reasons)))
    for reason in dict.fromkeys(reasons):
        print(f"not compared: {reason}", file=sys.stderr)
    if config["format"] == "json":
        print(json.dumps([each.as_plain() for each in found], indent=2))
        return
    for name, metric in dict.fromkeys((each.split, each.metric) for each in found):
        show_tables(
            {f"{name}/{metric}": _table([each for each in found if (each.split, each.metric) == (name, metric)])}
        )
    for each in found:
        print(each.sentence())
    if any(each.split == "val" for each in found):
        print("The first was chosen on these validation samples: there its lead is somewhat too large.")
    if any(each.single for each in found):
        print("One run a side: this compares these runs, not their configs. Runs with other seeds (-m seed=0,1,2) do.")


def _table(found: "Sequence[Difference]") -> list[list[str]]:
    """Head, the first side, and a row for each other one."""
    first = found[0]
    rows = [["runs", "score (95 %)", "minus the first (95 %)", "p"], [first.one, _score(*first.scores[0][:3]), "", ""]]
    for each in found:
        value, low, high, _ = each.difference
        p = "< 0.001" if each.p < 0.001 else f"{each.p:.3f}"
        rows.append([each.other, _score(*each.scores[1][:3]), f"{value:+.4f} ({low:+.4f} to {high:+.4f})", p])
    return rows


def _score(value: float, low: float, high: float) -> str:
    return f"{value:.4f} ({low:.4f} to {high:.4f})"
