"""Columns of a comparison at a terminal: the most useful ones that fit its width."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from my_project.engine.reports.comparison import write_comparison
from my_project.engine.reports.console import console, show_columns


def folder_of(path: Path, config: dict[str, Any], scores: dict[str, float]) -> Path:
    """Folder of a run with a config and test scores, as training leaves it."""
    (path / ".hydra").mkdir(parents=True)
    (path / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config))
    values = {"step": 10, "epoch": 1} | {f"test/{name}": value for name, value in scores.items()}
    (path / "metrics.csv").write_text(f"{','.join(values)}\n{','.join(map(json.dumps, values.values()))}\n")
    return path


@pytest.fixture
def table(tmp_path: Path) -> list[list[str]]:
    monitor = {"metric": "val/acc"}
    scores = {"loss": 0.5, "f1": 0.7, "acc": 0.8}
    first = {"monitor": monitor, "network": {"filters": 8}, "optimizer": {"lr": 1e-3}}
    second = {"monitor": monitor, "optimizer": {"lr": 1e-2}}
    folders = {name: folder_of(tmp_path / name, config, scores) for name, config in (("a", first), ("b", second))}
    return write_comparison(folders, tmp_path / "page.html")


def test_monitored_score_and_differences_of_all_runs_come_first(table: list[list[str]]) -> None:
    assert table[0] == ["run", "test/acc", "optimizer.lr", "network.filters", "test/loss", "test/f1"]
    assert table[1] == ["a", "0.8000", "0.001", "8", "0.5000", "0.7000"]


@pytest.mark.parametrize(("width", "count"), [(200, 6), (60, 4), (30, 2)])
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
    monkeypatch.setattr(console, "_width", 60)
    show_columns("Runs", table)
    assert capsys.readouterr().out.splitlines()[-1] == "2 more columns in the page: test/loss, test/f1"
