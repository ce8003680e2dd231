"""Jobs from a table."""

from pathlib import Path

import pytest

from my_project.engine.cli.command_line import prepare
from my_project.engine.cli.sweep import start_sweep
from my_project.engine.cli.sweep_table import rows_of
from my_project.engine.core.errors import InputError
from workbooks import write_workbook

TABLE = """id,skip,network,optimizer.lr,comment
a,,mlp,1e-3,"first, and small"
b,x,mlp,1e-2,left out

c,0,,1e-2,
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(TABLE)
    return tmp_path / "table.csv"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_row_is_a_job_and_an_empty_cell_the_default(table: Path, delimiter: str) -> None:
    table.write_text("\ufeff" + TABLE.replace(", and", " and").replace(",", delimiter))
    first, second = rows_of([f"sweep.file={table}"])
    assert first.words == ["network=mlp", "optimizer.lr=1e-3"]
    assert first.notes == {"id": "a", "comment": "first and small"}
    assert (second.words, second.notes) == (["optimizer.lr=1e-2"], {"id": "c"})
    assert rows_of(["seed=1"])[0].words == []


def test_an_excel_file_is_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    cells: list[list[str | float | None]] = [
        ["id", "network", "optimizer.lr", "seed", "skip"],
        ["a", "mlp", 0.001, 3, None],
        ["b", "cnn", 1e-5, 4, "x"],
    ]
    write_workbook(path, [*cells, [], ["c", "", 0.01, 5.0, None]])
    first, second = rows_of([f"sweep.file={path}"])
    assert (first.words, first.notes) == (["network=mlp", "optimizer.lr=0.001", "seed=3"], {"id": "a"})
    assert second.words == ["optimizer.lr=0.01", "seed=5"]
    path.write_bytes(b"no workbook")
    with pytest.raises(InputError, match=r"table.xlsx cannot be read \(.*\): expected an Excel file"):
        rows_of([f"sweep.file={path}"])


def test_the_commands_of_the_jobs_are_printed(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = prepare(["-m", "sweep.file=table.csv", "seed=1,2", "sweep.dry_run=true"])
    with pytest.raises(SystemExit) as stopped:
        start_sweep(words)
    assert not stopped.value.code
    assert capsys.readouterr().out.splitlines() == [
        "python train.py seed=1 network=mlp optimizer.lr=1e-3",
        "python train.py seed=2 network=mlp optimizer.lr=1e-3",
        "python train.py seed=1 optimizer.lr=1e-2",
        "python train.py seed=2 optimizer.lr=1e-2",
    ]
    assert not Path("logs").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("optimizer.lrr\n1e-3\n", r"did you mean lr\?"),
        ("network,optimizer.lr\nmlp,1e-3\nmlq,1e-3\n", r"did you mean mlp\?"),
        ("network,network\nmlp,mlp\n", "two columns have the same name"),
        ("network\nmlp,3\n", "line 2: 2 cells, expected 1"),
        ("network,skip\nmlp,1\n", "has no row to run"),
        ("", "has no row to run"),
    ],
)
def test_a_wrong_table_is_one_sentence(table: Path, content: str, sentence: str) -> None:
    table.write_text(content)
    with pytest.raises(InputError, match=sentence):
        prepare(["-m", f"sweep.file={table}"])


def test_a_table_that_is_not_there_or_lacks_its_option_is_one_sentence(table: Path) -> None:
    with pytest.raises(InputError, match=r"sweep.file = nowhere.csv cannot be read"):
        prepare(["-m", "sweep.file=nowhere.csv"])
    for word in ("sweep.file=table.csv", "sweep.resume=logs/default/x", "sweep.jobs=2"):
        with pytest.raises(InputError, match=f"'{word}' is an option of many jobs: add -m"):
            prepare([word])
