"""The documentation of a blank project: its commands, and its worked example."""

import csv
import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, bake_into, run, run_forked
from documentation import check_words, commands, run_code, write_files

Environment = dict[str, str]
WRITE_TABLE = """
import csv, random
draws = random.Random(0)
for name, count in {"train": 300, "test": 60, "new": 5}.items():
    with open(f"table/{name}.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["rooms", "area", "price"])
        for _ in range(count):
            rooms, area = draws.randint(1, 6), draws.uniform(20, 200)
            rows.writerow([rooms, area, 25 + 10 * rooms + 1.5 * area])
"""


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A blank project with the files that its documentation tells to write."""
    made = bake_into(tmp_path_factory.mktemp("blank"), ROOT / "configs" / "blank.yaml")
    assert len(write_files(made)) == 14
    return made


def test_the_docs_of_a_blank_project_train_with_words_that_are_valid(blank: Path, environment: Environment) -> None:
    check_words(blank, environment)


@pytest.mark.exhaustive
def test_commands_of_a_blank_project(blank: Path, environment: Environment, tmp_path: Path) -> None:
    run("uv run python train.py network=linear trainer.max_epochs=2 name=short", blank, environment)
    (blank / "points.csv").write_text("x\n0.5\n")
    found = [line.removeprefix("uv run python ") for line in commands(blank) if "logs/short/*" in line]
    said = run_forked([(blank, line) for line in found], blank, environment, tmp_path)
    assert len(said) == 7
    assert any("1 of 1 rows predicted" in text for text in said.values())


@pytest.mark.exhaustive
def test_the_worked_example_of_a_table(blank: Path, environment: Environment) -> None:
    """Its target is in its unit in metrics and predictions."""
    (blank / "table").mkdir()
    run_code(WRITE_TABLE, blank, environment)
    train, predict = [line for line in commands(blank) if re.search(r"name=table|logs/table", line)]
    target = "dataset.target=price"
    said = run(f"{train} {target} trainer.max_epochs=40", blank, environment)
    (error,) = re.findall(r"test/mae .* (\d+\.\d+) ", said)
    assert float(error) < 10
    (folder,) = (blank / "logs" / "table").iterdir()
    assert json.loads((folder / "test" / "metrics.json").read_text())["mae"] == pytest.approx(float(error), rel=1e-3)
    (path,) = re.findall(r"5 of 5 rows predicted: (\S+)", run(predict, blank, environment))
    with Path(path).open(newline="") as file:
        assert all(20 < float(row["prediction_y"]) < 420 for row in csv.DictReader(file))
    config = blank / "configs" / "dataset" / "table_csv.yaml"
    config.write_text(config.read_text().replace("target: y", "target: price"))
    run("uv run pytest -q -n 0 tests/test_datasets.py -k table_csv", blank, environment)
    for check in ("mypy", "ruff check", "ruff format --check"):
        run(f"uv run {check}", blank, environment)
