"""Results of a sweep: results.csv, and the lines at its end."""

import csv
import json
from collections.abc import Sequence
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from ..core.files import atomic_write
from ..core.job_record import record_of
from .plan import Plan, differences, job_folder, state_of

RESULTS, SECONDS = "results.csv", "seconds"


class Result(NamedTuple):
    """How far a job is.

    `state`: `stopped` if it waits and has begun; `score`: the best value of the monitored validation metric; `test`:
    the same metric of the test samples; `seconds` of its training; `also`: the further scores of a search.
    """

    number: int
    words: list[str]
    state: str
    score: float | None
    test: float | None
    seconds: float | None
    error: str | None
    also: list[float | None]


def results_of(sweep: Path, plan: Plan) -> list[Result]:
    """Result of each job, in their order."""
    results = []
    for number, words in enumerate(differences(sweep, plan)):
        folder = job_folder(sweep, number)
        record, state = record_of(folder), str(state_of(folder))
        if state == "waiting" and (folder / "records.json").exists():
            state = "stopped"
        test = _metric(folder / "test", plan.metric)
        score, *also = scores_of(folder, plan)
        results.append(Result(number, words, state, score, test, seconds_of(folder), record.get("error"), also))
    return results


def scores_of(run: Path, plan: Plan) -> list[float | None]:
    """Monitored score of a job, and the further ones of a search at the same epoch; None where it has none."""
    also = plan.search.also if plan.search else {}
    return [
        record_of(run).get("score"),
        *(seconds_of(run) if name == SECONDS else _metric(run / "val", name) for name in also),
    ]


def metrics_of(run: Path) -> list[str]:
    """Names of the validation metrics of a job that are numbers, without the number of samples."""
    with suppress(OSError, ValueError, AttributeError):
        metrics = json.loads((run / "val" / "metrics.json").read_text(encoding="utf-8"))
        return [name for name, value in metrics.items() if isinstance(value, int | float) and name != "samples"]
    return []


def _metric(folder: Path, name: str) -> float | None:
    with suppress(OSError, ValueError, TypeError):
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        return float(metrics.get(name.removeprefix("val/")))
    return None


def seconds_of(run: Path) -> float | None:
    """Seconds of a training, over all its processes; None if it has not come to its end.

    Without metrics.csv (`logger=none`) those of its last process.
    """
    with suppress(OSError), (run / "metrics.csv").open(newline="", encoding="utf-8") as file:
        values = [row["time/total"] for row in csv.DictReader(file) if row.get("time/total")]
        return round(float(values[-1]), 3) if values else None
    return record_of(run).get("seconds")


def best_of(plan: Plan, results: Sequence[Result]) -> int | None:
    """Number of the finished job with the best validation score."""
    return plan.best([result.score if result.state == "finished" else None for result in results])


def front_of(plan: Plan, results: Sequence[Result]) -> list[int]:
    """Numbers of the finished jobs than which no other is better in one score and as good in all (Pareto front)."""
    modes = [plan.mode, *(plan.search.also.values() if plan.search else ())]
    points: dict[int, list[float]] = {}
    for each in results:
        scores = [each.score, *each.also]
        if each.state == "finished" and all(map(is_number, scores)):
            points[each.number] = [
                -(score or 0) if mode == "max" else (score or 0) for score, mode in zip(scores, modes, strict=True)
            ]
    return [
        number
        for number, own in points.items()
        if not any(other != own and all(a <= b for a, b in zip(other, own, strict=True)) for other in points.values())
    ]


def table_of(plan: Plan, results: Sequence[Result]) -> list[list[str]]:
    """Head, and a row a job, best first, then those without a score; a column for each word that differs."""
    keys = list(dict.fromkeys(_key(word) for result in results for word in result.words))
    sign = -1 if plan.mode == "max" else 1
    order = sorted(results, key=lambda each: (each.score is None, sign * (each.score or 0), each.number))
    also = plan.search.also if plan.search else {}
    rows = []
    for each in order:
        values = {_key(word): word.partition("=")[2] for word in each.words}
        further = [value for name, value in zip(also, each.also, strict=True) if name != SECONDS]
        scores = (each.score, each.test, each.seconds, *further)
        known = ["" if value is None else str(value) for value in scores]
        rows.append([str(each.number), each.state, *known, *(values.get(key, "") for key in keys)])
    test = f"test/{plan.metric.removeprefix('val/')}"
    return [["job", "state", plan.metric, test, SECONDS, *(name for name in also if name != SECONDS), *keys], *rows]


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


def is_number(score: float | None) -> bool:
    """Whether a job has a score that is finite."""
    return score is not None and isfinite(score)


def short(cell: str) -> str:
    """A number of many digits with four of them, else the text as it is."""
    try:
        return f"{float(cell):.4g}" if len(cell) > 6 else cell
    except ValueError:
        return cell


def _key(word: str) -> str:
    return word.lstrip("+").partition("=")[0]
