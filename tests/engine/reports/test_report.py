"""Pages: of a run, and of several side by side."""

import base64
import re
import shutil
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from project import QUICK, SIX_STEPS, rows, run_script, run_train


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two seeds, and one that learns more slowly; the first has its page."""
    with chdir(tmp_path_factory.mktemp("runs")):
        return [run_train(*SIX_STEPS, word) for word in ("report=true", "seed=1", "optimizer.lr=1e-5")]


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pictures(page: str) -> dict[str, Image.Image]:
    """The pictures of a page by their heading; it must hold them all itself."""
    assert not re.search(r'(src|href)="(?!data:)', page), "the page needs another file"
    found = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', page)
    for name, data in found:
        Path("x.png").write_bytes(base64.b64decode(data))
        assert np.asarray(Image.open("x.png").convert("L")).std() > 5, f"{name} is blank"
    return {name: Image.open("x.png") for name, _ in found}


def test_a_run_leaves_a_page_about_all_of_it(runs: list[Path]) -> None:
    page = (runs[0] / "report.html").read_text()
    drawn = set(pictures(page))
    assert drawn >= {
        "Curves",
        "The test samples of the greatest loss",
        "Training samples, as the dataset has them",
        "Training samples, as the network sees them",
        "Training samples, predictions before training",
        "Validation samples, predictions after training",
        "Time of the training by part",
    }
    last = rows(runs[0])[-1]
    for name in ("test/loss", *(name for name in last if name.startswith("test/"))):
        assert f"<td>{name}</td><td>{float(last[name]):.4f}</td>" in page
    for words in ("weight_decay:", "packages:", "python ", "<td>epochs</td><td>2</td>"):
        assert words in page
    assert not (runs[1] / "report.html").exists()


def test_the_page_is_made_anew_from_the_folder_alone(runs: list[Path]) -> None:
    copy = Path(shutil.copytree(runs[0], "moved"))
    (copy / "report.html").unlink()
    run_script("report", "run=moved")
    assert set(pictures((copy / "report.html").read_text())) == set(pictures((runs[0] / "report.html").read_text()))
    for left_out in ("metrics.csv", "test/predictions.parquet", "test/metrics.json", "pictures/worst.png"):
        (copy / left_out).unlink()
        run_script("report", "run=moved")
    assert "Validation samples, predictions after training" in pictures((copy / "report.html").read_text())


def test_what_is_no_number_breaks_no_page(runs: list[Path]) -> None:
    copy = Path(shutil.copytree(runs[0], "moved"))
    lines = (copy / "metrics.csv").read_text().splitlines()
    cells = lines[1].split(",")
    cells[lines[0].split(",").index("val/loss")] = "nan"
    (copy / "metrics.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]))
    run_script("report", "run=moved")
    assert "Curves" in pictures((copy / "report.html").read_text())


def test_the_time_of_a_resumed_run_is_that_of_all_its_parts(runs: list[Path]) -> None:
    from my_project.engine.reports.curves import History

    folder = run_train(*QUICK, "scheduler=constant", "trainer.max_epochs=1")
    before = History(folder).times()
    started = time.perf_counter()
    run_train(f"resume={folder}", "trainer.max_epochs=2")
    elapsed, after = time.perf_counter() - started, History(folder).times()
    assert before["total"] < after["total"] < before["total"] + elapsed
    assert all(after[part] > before[part] > 0 for part in ("forward", "backward", "validation"))


def test_the_parts_of_the_time_add_up(runs: list[Path]) -> None:
    from my_project.engine.reports.curves import History

    times = History(runs[0]).times()
    assert set(times) == {"forward", "backward", "optimizer", "data", "validation", "checkpoint", "total"}
    assert min(times.values()) > 0
    assert sum(seconds for part, seconds in times.items() if part != "total") <= times["total"]


def cells(page: str, heading: str) -> list[list[str]]:
    table = page.partition(f"<h2>{heading}")[2].partition("</table>")[0]
    lines = re.findall(r"<tr>(.*?)</tr>", table)
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", line) for line in lines]


def test_runs_side_by_side(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_script("report", f"runs={runs[0].parent}/*")
    page = (folder / "comparison.html").read_text()
    assert set(pictures(page)) >= {"Scores against time", "Curves of all 3"}
    head, *lines = cells(page, "3 runs")
    assert head[0] == "run"
    assert set(head) >= {"test/loss", "seconds", "seed", "optimizer.lr"}
    assert not {"output_dir", "network.bias", "trainer.max_epochs"} & set(head)
    by_name = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    for run, seed, rate in zip(runs, "010", (None, None, "1e-05"), strict=True):
        found = by_name[run.name]
        assert found["seed"] == seed
        assert rate is None or found["optimizer.lr"] == rate
        assert float(found["test/loss"]) == pytest.approx(float(rows(run)[-1]["test/loss"]), abs=1e-4)
    (head, *groups) = cells(page, "Mean and deviation over seeds")
    assert len(groups) == 1
    assert groups[0][1] == "2"
    pair = np.asarray([float(rows(run)[-1]["test/loss"]) for run in runs[:2]])
    mean, _, std = groups[0][head.index("test/loss")].partition(" ± ")
    assert float(mean) == pytest.approx(pair.mean(), abs=1e-4)
    assert float(std) == pytest.approx(pair.std(ddof=1), abs=1e-4)
    assert "comparison.html" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "expected either run=<folder> for the page of a run, or runs="),
        (("run={run}", "runs={run}"), "expected either run=<folder>"),
        (("run=nowhere",), "nowhere does not exist: expected the folder of a run"),
        (("runs=nowhere/*",), r"runs=nowhere/\* matches no run"),
    ],
)
def test_bad_input_is_one_sentence(runs: list[Path], words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence):
        run_script("report", *(word.format(run=runs[0]) for word in words))
    assert not Path("logs").exists()
