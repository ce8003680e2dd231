"""What a sweep shows while it runs, and its page."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from my_project.engine.reports.sweep_page import write_sweep_page
from my_project.engine.reports.sweep_plots import progress
from my_project.engine.sweeps.display import Display
from my_project.engine.sweeps.importance import importance
from my_project.engine.sweeps.results import Result, results_of
from sweep_jobs import PLAN, drive, fail, finish


def result(number: int, state: str, score: float | None, *words: str) -> Result:
    return Result(number, list(words), state, score, None, 60.0, "out of memory" if state == "failed" else None, [])


RESULTS = [
    result(0, "finished", 0.5, "lr=1"),
    result(1, "failed", None, "lr=2"),
    result(2, "waiting", None, "lr=3"),
]


def test_a_summary_counts_states_and_names_the_best_and_the_time_left(tmp_path: Path) -> None:
    display = Display(tmp_path, PLAN, 3, 1)
    display.open(RESULTS)
    display.started(2, test=False)
    assert display.summary() == "2 of 3: 1 finished, 1 failed, 1 running, best: job 0, val/acc 0.5000, about 60 s left"


def test_lines_say_what_starts_and_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    display = Display(tmp_path, PLAN, 3, 1)
    display.open([])
    for number in range(3):
        display.started(number, test=False)
        display.ended(number, RESULTS, test=False)
    display.started(0, test=True)
    display.ended(0, RESULTS, test=True)
    display.refresh()
    display.close()
    assert capsys.readouterr().out.splitlines() == [
        "job 0 of 3 starts: lr=1",
        "job 0 finished, val/acc 0.5000",
        "job 1 of 3 starts: lr=2",
        "job 1 failed: out of memory",
        "job 2 of 3 starts: lr=3",
        "job 2 stopped",
        "job 0 of 3 is tested: lr=1",
        "job 0 tested",
    ]


def test_a_terminal_has_a_table_of_what_runs(tmp_path: Path) -> None:
    display, screen = Display(tmp_path, PLAN, 3, 1), io.StringIO()
    display.live.console = Console(file=screen, force_terminal=True, width=90)
    display.open(RESULTS)
    display.started(2, test=False)
    display.refresh()
    display.close()
    said = screen.getvalue()
    assert "job 2 of 3 starts: lr=3" in said
    assert "2        0  lr=3" in said
    assert "2 of 3: 1 finished, 1 failed, 1 running, best: job 0, val/acc 0.5000, about 60 s left" in said
    assert said.endswith("\x1b[2K"), "the table is removed at the end"


def test_importance_is_that_of_the_words_that_make_the_score() -> None:
    results = [
        result(number, "finished", lr / 10, f"lr={lr}", f"seed={seed}")
        for number, (lr, seed) in enumerate((lr, seed) for lr in range(1, 10) for seed in (0, 1))
    ]
    found = importance(PLAN, results)
    assert found["lr"] > 0.9
    assert sum(found.values()) == pytest.approx(1)
    assert importance(PLAN, results[:2]) == {}, "too few"


def test_a_sweep_without_a_score_has_no_page(tmp_path: Path) -> None:
    drive(tmp_path, fail)
    assert write_sweep_page(tmp_path, PLAN, results_of(tmp_path, PLAN)) is None
    drive(tmp_path / "other", lambda number, folder: finish(number, folder, float("nan")))
    assert write_sweep_page(tmp_path, PLAN, results_of(tmp_path / "other", PLAN)) is None


def test_the_best_score_so_far_never_falls_and_ends_at_the_best() -> None:
    results = [result(number, "finished", score, f"lr={number}") for number, score in enumerate((0.3, 0.2, 0.6, 0.5))]
    (plot,) = progress(PLAN, results).plots
    assert [row["best"] for row in plot.spec["data"]["values"]] == [0.3, 0.3, 0.6, 0.6]
    assert plot.description == "Best val/acc: 0.3 after job 0, 0.6 after job 3."
