"""Plots of texts, from a table with a row for each sample."""

from polars import DataFrame

from .edit_charts import confusions
from .plot import Plot, bars


def plots(table: DataFrame) -> dict[str, list[Plot]]:
    """In place of the chart `confusions`: the most frequent edits, `target → prediction`."""
    counts = confusions(table)
    if not counts:
        return {}
    rows = [{"edit": edit, "times": times} for edit, times in counts.items()]
    said = ", ".join(f"{edit} {times} times" for edit, times in counts.items())
    return {"confusions": [Plot("target → prediction", f"Edits: {said}.", bars(rows, "edit", "times", ","))]}
