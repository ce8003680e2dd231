"""Pages of runs: of each alone, or a comparison."""

from collections.abc import Sequence
from pathlib import Path

from ..checkpoints.runs import folder_of, runs_of
from ..core.errors import InputError
from ..core.given_paths import PAGE_OR_COMPARISON
from .comparison import write_comparison
from .console import show_columns
from .run_page import write_page

Patterns = str | Sequence[str] | None


def write_pages(run: Patterns, runs: Patterns, comparison: Path) -> bool:
    """Write the page of each run to its folder, or `runs` side by side to `comparison`; True: the latter was written.

    Raises:
        InputError: both are chosen, or neither.
    """
    if (run is None) == (runs is None):
        raise InputError(PAGE_OR_COMPARISON)
    if run is not None:
        for folder in runs_of(run, trained=False).values():
            print(f"page: {write_page(folder_of(folder))}")
        return False
    show_columns("Runs", write_comparison(runs_of(runs, "runs", trained=False), comparison))
    print(f"page: {comparison}")
    return True
