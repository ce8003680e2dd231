"""Further validation sets of every problem, and held-out fonts of made lines."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from project import ROOT, config_of, epochs, rows

from conftest import Run, each_family
from my_project.datasets import made_lines
from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError
from my_project.engine.testing import data_and_pipeline

HELD_OUT = ("+dataset@validation.held_out=made_lines", "validation.held_out.fonts=held_out")


def dataset_of(problem: str) -> str:
    """Name of the config of a problem's dataset."""
    config = yaml.safe_load((ROOT / "configs" / "problem" / f"{problem}.yaml").read_text())
    (name,) = [entry["override /dataset"] for entry in config["defaults"] if "override /dataset" in entry]
    return str(name)


@pytest.mark.slow
@each_family
def test_the_dataset_again_has_the_metrics_of_the_split_it_stands_for(problem: str, trained_with: Run) -> None:
    words = f"+dataset@validation.again={dataset_of(problem)}", "monitor.metric=val/again/loss", "monitor.mode=min"
    run = trained_with(problem, *words)
    data, _ = data_and_pipeline(config_of(f"problem={problem}"))
    metrics = [name.removeprefix("val/again/") for name in rows(run)[0] if name.startswith("val/again/")]
    assert len(metrics) > 1
    if len(data.dataset.tokens("val")):
        pairs = [(row, "val/", row) for row in epochs(run)]
    else:  # the test split; the best epoch is tested
        pairs = [(min(epochs(run), key=lambda row: float(row["val/again/loss"])), "test/", rows(run)[-1])]
    for row, split, other in pairs:
        for name in metrics:
            assert float(row[f"val/again/{name}"]) == pytest.approx(float(other[f"{split}{name}"]), rel=1e-4), name


def test_the_font_of_a_line_is_that_of_its_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    font = made_lines.font

    def recorded(name: str, size: int) -> Any:
        drawn.append(name)
        return font(name, size)

    monkeypatch.setattr(made_lines, "font", recorded)
    lines = made_lines.MadeLines(count=200, fonts="held_out")
    tokens = lines.tokens("test")
    for token in tokens:
        lines.get_line(token)
    assert [lines.meta(token)["font"] for token in tokens] == drawn
    assert set(drawn) <= set(made_lines.HELD_OUT)
    assert len(set(drawn)) > 1


def test_tables_have_the_font_of_each_line(trained_with: Run, script: Run) -> None:
    run = trained_with("text_line", *HELD_OUT)
    assert {float(row["val/held_out/cer"]) for row in epochs(run)}
    assert set(pl.read_csv(run / "test" / "predictions.csv")["font"]) <= set(made_lines.FONTS)
    folder: Path = script("evaluate", f"run={run}", "dataset.fonts=held_out")
    assert set(pl.read_parquet(folder / "predictions.parquet")["font"]) <= set(made_lines.HELD_OUT)


def test_a_set_of_another_problem_is_refused() -> None:
    with pytest.raises(InputError, match=r"validation\.x: Digits has ImageClassification, but the dataset MadeLines"):
        prepare(["problem=text_line", "+dataset@validation.x=digits"])
