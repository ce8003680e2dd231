"""End of a sweep: its table, its page, and what has failed."""

from pathlib import Path

from ..reports.comparison import write_comparison
from ..reports.console import show_columns
from ..sweeps.plan import ENDED, Plan, job_folder
from ..sweeps.results import RESULTS, Result, best_of, results_of, table_of, write_results

PAGE = "comparison.html"
MOST_ROWS = 20  # on the terminal


def end(sweep: Path, plan: Plan, stopped: int | None) -> int:
    """Say what has come of a sweep, write its page, and return its exit status.

    0: all jobs have finished; 1: some failed; 128 + the signal that `stopped` it.
    """
    results = results_of(sweep, plan)
    write_results(sweep, plan, results)
    _show(plan, results)
    failed = [each for each in results if each.state == "failed"]
    left = [each for each in results if each.state not in ENDED]
    for error in dict.fromkeys(each.error for each in failed):
        alike = [each for each in failed if each.error == error]
        if len(alike) == 1:
            print(f"job {alike[0].number} failed ({' '.join(alike[0].words)}): {error}")
        else:
            print(f"jobs {', '.join(str(each.number) for each in alike)} failed: {error}")
    if left:
        print(f"{len(left)} of {len(results)} jobs have not ended. To go on: python train.py -m sweep.resume={sweep}")
    if (best := best_of(plan, results)) is not None:
        folder, words = job_folder(sweep, best), " ".join(results[best].words)
        tested = "" if (test := results[best].test) is None else f", tested: {test:.4f}"
        print(f"best: job {best} ({words}), {plan.metric} {results[best].score:.4f}{tested}, {folder}")
    if stopped is not None:
        return 128 + stopped
    if finished := [each.number for each in results if each.state == "finished"]:
        write_comparison({f"job {number}": job_folder(sweep, number) for number in finished}, sweep / PAGE)
        print(f"page: {sweep / PAGE}")
    print(f"results: {sweep / RESULTS}")
    return int(bool(failed or left))


def _show(plan: Plan, results: list[Result]) -> None:
    head, *rows = table_of(plan, results)
    shown = [[*row[:2], *(f"{float(value):.4f}" if value else "" for value in row[2:5]), *row[5:]] for row in rows]
    title = "Sweep" if len(rows) <= MOST_ROWS else f"Sweep, the best {MOST_ROWS}"
    show_columns(title, [head, *shown[:MOST_ROWS]], RESULTS)
