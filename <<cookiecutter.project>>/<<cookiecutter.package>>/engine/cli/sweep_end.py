"""End of a sweep: its table, its page, and what has failed."""

from pathlib import Path

from ..reports.console import show_columns
from ..reports.sweep_page import write_sweep_page
from ..sweeps.plan import ENDED, Plan, job_folder
from ..sweeps.results import RESULTS, Result, best_of, front_of, results_of, short, table_of, write_results

MOST_ROWS = 20  # on the terminal


def end(sweep: Path, plan: Plan, count: int, stopped: int | None) -> int:
    """Say what has come of a sweep of `count` jobs, write its page, and return its exit status.

    0: all jobs have finished; 1: some failed; 128 + the signal that `stopped` it.
    """
    results = results_of(sweep, plan)
    write_results(sweep, plan, results)
    _show(plan, results)
    failed = [each for each in results if each.state == "failed"]
    left = count - sum(each.state in ENDED for each in results)
    for error in dict.fromkeys(each.error for each in failed):
        alike = [each for each in failed if each.error == error]
        if len(alike) == 1:
            print(f"job {alike[0].number} failed ({' '.join(alike[0].words)}): {error}")
        else:
            print(f"jobs {', '.join(str(each.number) for each in alike)} failed: {error}")
    if left:
        print(f"{left} of {count} jobs have not ended. To go on: python train.py -m sweep.resume={sweep}")
    if (best := best_of(plan, results)) is not None:
        folder, words = job_folder(sweep, best), " ".join(results[best].words)
        tested = "" if (test := results[best].test) is None else f", tested: {test:.4f}"
        print(f"best: job {best} ({words}), {plan.metric} {results[best].score:.4f}{tested}, {folder}")
    if plan.search and plan.search.also and (front := front_of(plan, results)):
        names = " and ".join([plan.metric, *plan.search.also])
        print(f"in {names} together no job is better than: {', '.join(map(str, front))}")
    if stopped is not None:
        return 128 + stopped
    if (page := write_sweep_page(sweep, plan, results)) is not None:
        print(f"page: {page}")
    print(f"results: {sweep / RESULTS}")
    return int(bool(failed or left))


def _show(plan: Plan, results: list[Result]) -> None:
    head, *rows = table_of(plan, results)
    shown = [list(map(short, row)) for row in rows]
    title = "Sweep" if len(rows) <= MOST_ROWS else f"Sweep, the best {MOST_ROWS}"
    show_columns(title, [head, *shown[:MOST_ROWS]], RESULTS)
