"""Pages: of a run, and of several side by side."""

import base64
import json
import re
import shutil
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
import polars as pl
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
    without_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!data:|#|[^"]*report.html")', without_scripts), "the page needs another file"
    found = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', page)
    for name, data in found:
        Path("x.png").write_bytes(base64.b64decode(data))
        assert np.asarray(Image.open("x.png").convert("L")).std() > 5, f"{name} is blank"
    return {name: Image.open("x.png") for name, _ in found}


def plots(page: str) -> list[str]:
    """The descriptions of the plots of a page, of which each is drawn in it, with its specification for the script."""
    figures = re.findall(r'<figure class="plot" role="img" aria-label="([^"]+)">(.*?)</figure>', page, re.DOTALL)
    for description, figure in figures:
        assert "<svg" in figure, description
        assert json.loads(figure.partition('<script type="application/json">')[2].partition("</script>")[0])["layer"]
    return [description for description, _ in figures]


def test_a_run_leaves_a_page_about_all_of_it(runs: list[Path]) -> None:
    page = (runs[0] / "report.html").read_text()
    assert set(pictures(page)) >= {
        "Training samples, as the network sees them",
        "Training samples, predictions before training",
        "Validation samples, predictions after training",
    }
    drawn = plots(page)
    assert [text.partition(" over epochs")[0] for text in drawn[:3]] == ["loss", "acc", "learning rate"]
    assert drawn[-1].startswith("Seconds by part: forward ")
    last = rows(runs[0])[-1]
    for name in (name for name in last if name.startswith("test/")):
        assert f"<td>{name.replace('/', ' ')}</td><td>{float(last[name]):.4f} (" in page
    for words in ("weight_decay:", "packages:", "python ", " of 2", "<span>parameters</span><b>8,616</b>"):
        assert words in page
    assert not (runs[1] / "report.html").exists()


def test_the_title_and_the_line_below_say_what_was_trained(runs: list[Path]) -> None:
    page = (runs[0] / "report.html").read_text()
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert re.fullmatch(r"default: tiny_vgg on digits, test acc 0\.\d{4} \(0\.\d{4} to 0\.\d{4}\)", title)
    assert "digits · tiny_vgg · adamw lr 0.01 · one_cycle · batches of 32 · seed 0" in page


def test_the_gallery_has_the_worst_samples_and_each_mistake(runs: list[Path]) -> None:
    page = (runs[0] / "report.html").read_text()
    table = pl.read_parquet(runs[0] / "test" / "predictions.parquet").sort("loss", descending=True)
    gallery = page.partition('<ul class="gallery">')[2].partition("</ul>")[0]
    cards = re.findall(r'<li data-target="([^"]+)" data-prediction="([^"]+)"><img .*?sample (\d+), loss', gallery)
    assert [int(number) for *_, number in cards][:10] == table["id"].to_list()[:10]
    wrong = table.filter(pl.col("correct") == 0)
    pairs = set(zip(wrong["target"], wrong["prediction"], strict=True))
    assert {(target, prediction) for target, prediction, _ in cards} >= pairs
    linked = set(re.findall(r'href="#worst-samples" data-target="([^"]+)" data-prediction="([^"]+)"', page))
    assert linked >= pairs


@pytest.mark.slow
def test_without_vega_the_page_has_pictures_in_place_of_plots(
    runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Path(shutil.copytree(runs[0], "moved"))
    monkeypatch.setattr("my_project.engine.reports.vega.is_installed", lambda: False)
    run_script("report", "run=moved")
    page = (copy / "report.html").read_text()
    assert not plots(page)
    assert set(pictures(page)) >= {"Curves", "Calibration", "Time of the training by part"}
    assert len(page) < len((runs[0] / "report.html").read_text())


def test_the_page_is_made_anew_from_the_folder_alone(runs: list[Path]) -> None:
    copy = Path(shutil.copytree(runs[0], "moved"))
    (copy / "report.html").unlink()
    run_script("report", "run=moved")
    pages = [(folder / "report.html").read_text() for folder in (copy, runs[0])]
    assert set(pictures(pages[0])) == set(pictures(pages[1]))
    assert plots(pages[0]) == plots(pages[1])
    for left_out in (
        "metrics.csv",
        "test/predictions.parquet",
        "test/metrics.json",
        "test/worst.json",
        "pictures/worst.png",
    ):
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
    drawn = plots((copy / "report.html").read_text())
    assert any(text.startswith("loss over epochs") for text in drawn)


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
    return [re.findall(r"<t[hd]>(?:<button>)?(.*?)(?:</button>)?</t[hd]>", line) for line in lines]


def test_runs_side_by_side(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_script("report", f"runs={runs[0].parent}/*")
    page = (folder / "comparison.html").read_text()
    assert {text.partition(" ")[0] for text in plots(page)} == {"val", "Validation"}
    assert "<h2>Curves of all</h2>" in page
    head, *lines = cells(page, "Runs by their")
    assert head[0] == "run"
    assert set(head) >= {"test/loss", "seconds", "seed", "optimizer.lr"}
    assert not {"output_dir", "network.bias", "trainer.max_epochs"} & set(head)
    by_value = {(line[head.index("seed")], line[head.index("optimizer.lr")]): line for line in lines}
    for run, key in zip(runs, (("0", "0.01"), ("1", "0.01"), ("0", "1e-05")), strict=True):
        loss = by_value[key][head.index("test/loss")].partition(" (")[0]
        assert float(loss) == pytest.approx(float(rows(run)[-1]["test/loss"]), abs=1e-4)
    (address,) = re.findall(r'href="([^"]*report.html)"', page)
    assert (folder / address).resolve() == (runs[0] / "report.html").resolve()
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
