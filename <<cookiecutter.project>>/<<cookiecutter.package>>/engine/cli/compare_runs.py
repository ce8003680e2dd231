"""`compare.py`: tables and sentences, or JSON."""

import json
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

    runs = runs_of(config["runs"], "runs", trained=False)
    found, reasons = [], []
    for split in SPLITS if config["split"] == "both" else [each for each in SPLITS if each == config["split"]]:
        try:
            found += compared(runs, split)
        except InputError as error:  # the other split may do
            reasons.append(str(error))
    if not found:
        raise InputError(" ".join(dict.fromkeys(reasons)))
    if config["format"] == "json":
        print(json.dumps([each.as_plain() for each in found], indent=2))
        return
    for name in dict.fromkeys(each.split for each in found):
        show_tables({f"{name.capitalize()} samples": _table([each for each in found if each.split == name])})
    for each in found:
        print(each.sentence())
    for reason in reasons:
        print(f"not compared: {reason}")
    if any(each.single for each in found):
        print("One run a side: this compares these runs, not their configs. Runs with other seeds (-m seed=0,1,2) do.")


def _table(found: "Sequence[Difference]") -> list[list[str]]:
    rows = [["metric", "runs", "score (95 %)", "difference (95 %)", "p"]]
    for each in found:
        one, other = (f"{score.value:.4f} ({score.low:.4f} to {score.high:.4f})" for score in each.scores)
        change = each.difference
        between = f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
        rows.append([each.metric, f"{each.one}\n{each.other}", f"{one}\n{other}", f"\n{between}", f"\n{each.p:.3f}"])
    return rows
