"""Columns of a comparison at a terminal: the most useful ones that fit its width."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from my_project.engine.checkpoints.runs import runs_of
from my_project.engine.reports.comparison import write_comparison
from my_project.engine.reports.console import console, show_columns


def folder_of(path: Path, config: dict[str, Any], scores: dict[str, float], validation: Sequence[float]) -> Path:
    """Folder of a run with a config, values of val/acc and test scores, as training leaves it."""
    (path / ".hydra").mkdir(parents=True)
    (path / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config))
    values = {"step": 10, "epoch": 1, "val/acc": ""} | {f"test/{name}": value for name, value in scores.items()}
    epochs = [{"step": step, "epoch": step, "val/acc": value} for step, value in enumerate(validation)]
    with (path / "metrics.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(values))
        table.writeheader()
        table.writerows([*epochs, values])
    return path


@pytest.fixture
def table(tmp_path: Path) -> list[list[str]]:
    monitor = {"metric": "val/acc", "mode": "max"}
    scores = {"loss": 0.5, "f1": 0.7, "acc": 0.8}
    first = {"monitor": monitor, "network": {"filters": 8}, "optimizer": {"lr": 1e-3}}
    second = {"monitor": monitor, "optimizer": {"lr": 1e-2}}
    worse = folder_of(tmp_path / "t" / "b", second, scores | {"acc": 0.9}, [0.1, 0.7, 0.6])
    better = folder_of(tmp_path / "t" / "a", first, scores, [0.75, 0.2])
    return write_comparison({"b": worse, "a": better}, tmp_path / "page.html")


def test_monitored_score_and_differences_of_all_runs_come_first(table: list[list[str]]) -> None:
    assert table[0] == ["run", "val/acc", "test/acc", "optimizer.lr", "network.filters", "test/loss", "test/f1"]
    assert table[1][1:] == ["0.7500", "0.8000", "0.001", "8", "0.5000", "0.7000"]
    assert table[1][0].endswith(" · lr=0.001, filters=8")


def test_runs_are_in_the_order_of_their_validation_score_whatever_their_test_score(table: list[list[str]]) -> None:
    assert [row[1:3] for row in table[1:]] == [["0.7500", "0.8000"], ["0.7000", "0.9000"]]


def run(folder: Path, words: Sequence[str], score: float, **choices: str) -> Path:
    """Run with the choices and the words of its command line, as Hydra records them."""
    groups = {group: {"kind": name, "width": len(name)} for group, name in choices.items()}
    monitor = {"metric": "val/acc", "mode": "max"}
    folder_of(folder, {"monitor": monitor, **groups}, {"acc": score}, [score])
    (folder / ".hydra" / "overrides.yaml").write_text(yaml.safe_dump(list(words)))
    (folder / ".hydra" / "hydra.yaml").write_text(yaml.safe_dump({"hydra": {"runtime": {"choices": choices}}}))
    return folder


def test_rows_are_named_by_their_choices_and_what_follows_from_these_is_left_out(tmp_path: Path) -> None:
    runs = {
        "1": run(tmp_path / "logs" / "try" / "1", [], 0.9, network="lenet", optimizer="sgd"),
        "2": run(tmp_path / "logs" / "try" / "2", [], 0.8, network="resnet", optimizer="sgd"),
        "3": run(tmp_path / "logs" / "wide" / "3", ["network.width=9"], 0.7, network="resnet", optimizer="sgd"),
    }
    table = write_comparison(runs, tmp_path / "page.html")
    assert [row[0] for row in table[1:]] == ["try · lenet", "try · resnet", "wide · resnet"]
    assert table[0] == ["run", "val/acc", "test/acc", "network", "network.width"]  # which a command line names
    table = write_comparison({name: runs[name] for name in "12"}, tmp_path / "page.html")
    assert table[0] == ["run", "val/acc", "test/acc", "network"]


def test_runs_of_different_problems_have_a_table_each(tmp_path: Path) -> None:
    runs = {
        name: run(tmp_path / name, [], 0.5, problem=problem, network="mlp")
        for name, problem in (("1", "digits"), ("2", "texts"), ("3", "texts"))
    }
    table = write_comparison(runs, tmp_path / "page.html")
    assert len(table) == 3  # the head, and the runs of the problem with the most
    page = (tmp_path / "page.html").read_text()
    assert page.count("Runs by their validation score (") == 4  # in the list of contents too


def test_a_page_of_tested_runs_says_how_many_choices_were_made(tmp_path: Path) -> None:
    runs = {name: run(tmp_path / name, [], float(name) / 10, network="mlp") for name in "123"}
    write_comparison(runs, tmp_path / "page.html")
    assert "the best of 3 by test would be optimistic" in (tmp_path / "page.html").read_text()


@pytest.mark.slow
def test_five_hundred_runs_are_written_at_once(tmp_path: Path) -> None:
    runs = {
        str(number): run(tmp_path / str(number), [f"network.width={number}"], number / 500, network="mlp")
        for number in range(500)
    }
    table = write_comparison(runs, tmp_path / "page.html")
    assert len(table) == 501
    page = (tmp_path / "page.html").read_text()
    assert "Curves of the best 10" in page
    assert len(page) < 3_000_000


def test_the_folder_of_a_sweep_stands_for_its_jobs(tmp_path: Path) -> None:
    monitor = {"monitor": {"metric": "val/loss", "mode": "min"}}
    for number, loss in enumerate((0.5, 0.3)):
        folder_of(tmp_path / "sweep" / "jobs" / f"000{number}", monitor, {}, [loss])
    (tmp_path / "sweep" / "jobs" / "0002").mkdir()
    (tmp_path / "sweep" / "sweep.json").write_text("{}")
    for pattern in (tmp_path / "sweep", tmp_path / "*"):
        assert list(runs_of(str(pattern), trained=False)) == ["0000", "0001"]


@pytest.mark.parametrize(("width", "count"), [(200, 7), (75, 4), (25, 2)])
def test_columns_that_do_not_fit_the_terminal_are_named(
    table: list[list[str]], width: int, count: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "_width", width)
    show_columns("Runs", table)
    head, *_ = [line for line in capsys.readouterr().out.splitlines() if "┃" in line]
    assert head.count("┃") == count + 1
    assert len(head) <= width


def test_the_columns_left_out_are_in_one_line(
    table: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "_width", 75)
    show_columns("Runs", table)
    assert capsys.readouterr().out.splitlines()[-1] == "3 more columns in the page: network.filters, test/loss, test/f1"
