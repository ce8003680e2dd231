"""Results of a sweep: results.csv, and the lines at its end."""

import csv
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ..core.files import atomic_write
from ..core.job_record import record_of
from .plan import Plan, job_folder, state_of

RESULTS = "results.csv"


class Result(NamedTuple):
    """How far a job is.

    `state`: `stopped` if it waits and has begun; `score`: the best value of the monitored validation metric; `test`:
    the same metric of the test samples; `seconds` of its training.
    """

    number: int
    words: list[str]
    state: str
    score: float | None
    test: float | None
    seconds: float | None
    error: str | None


def results_of(sweep: Path, plan: Plan) -> list[Result]:
    """Result of each job, in their order."""
    results = []
    for number, words in enumerate(plan.differences()):
        folder = job_folder(sweep, number)
        record, state = record_of(folder), str(state_of(folder))
        if state == "waiting" and (folder / "metrics.csv").exists():
            state = "stopped"
        scores = record.get("score"), _test_score(folder, plan.metric.removeprefix("val/"))
        results.append(Result(number, words, state, *scores, _seconds(folder), record.get("error")))
    return results


def _test_score(folder: Path, name: str) -> float | None:
    with suppress(OSError, ValueError, TypeError):
        return float(json.loads((folder / "test" / "metrics.json").read_text(encoding="utf-8")).get(name))
    return None


def _seconds(folder: Path) -> float | None:
    """Seconds of a training, over all its processes; None if it has not come to its end."""
    try:
        with (folder / "metrics.csv").open(newline="", encoding="utf-8") as file:
            values = [row["time/total"] for row in csv.DictReader(file) if row.get("time/total")]
    except OSError:
        return None
    return round(float(values[-1]), 3) if values else None


def best_of(plan: Plan, results: Sequence[Result]) -> int | None:
    """Number of the finished job with the best validation score."""
    return plan.best([result.score if result.state == "finished" else None for result in results])


def table_of(plan: Plan, results: Sequence[Result]) -> list[list[str]]:
    """Head, and a row a job, best first, then those without a score; a column for each word that differs."""
    keys = list(dict.fromkeys(_key(word) for result in results for word in result.words))
    sign = -1 if plan.mode == "max" else 1
    order = sorted(results, key=lambda each: (each.score is None, sign * (each.score or 0), each.number))
    rows = []
    for each in order:
        values = {_key(word): word.partition("=")[2] for word in each.words}
        known = ["" if value is None else str(value) for value in (each.score, each.test, each.seconds)]
        rows.append([str(each.number), each.state, *known, *(values.get(key, "") for key in keys)])
    test = f"test/{plan.metric.removeprefix('val/')}"
    return [["job", "state", plan.metric, test, "seconds", *keys], *rows]


def write_results(sweep: Path, plan: Plan, results: Sequence[Result]) -> None:
    """Write results.csv: the table, with the notes, the error and the folder of each job."""
    head, *rows = table_of(plan, results)
    columns = list(dict.fromkeys(name for notes in plan.notes for name in notes))
    with atomic_write(sweep / RESULTS) as path, path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow([*head, *columns, "error", "folder"])
        for row in rows:
            number = int(row[0])
            notes = [plan.notes[number].get(name, "") for name in columns]
            table.writerow([*row, *notes, results[number].error, job_folder(Path(), number)])


def _key(word: str) -> str:
    return word.lstrip("+").partition("=")[0]
