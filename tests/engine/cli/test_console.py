"""What a terminal and the log file of a job show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from project import QUICK, ROOT, Train, epochs, rows, run_script

from my_project.engine.callbacks.throughput import Throughput
from my_project.engine.cli.command_line import help_of


def test_the_log_has_a_line_for_each_epoch_and_one_for_the_test(trained_with: Train) -> None:
    run = trained_with()
    lines = [line.partition(" - ")[2] for line in (run / "train.log").read_text().splitlines() if "log_file" in line]
    assert len(lines) == 3
    for number, (line, values) in enumerate(zip(lines, epochs(run), strict=False), 1):
        assert line.startswith(f"epoch {number}: ")
        for name in ("train/loss", "val/loss"):
            assert f"{name} {float(values[name]):.4g}" in line
    assert lines[-1].startswith(f"test/loss {float(rows(run)[-1]['test/loss']):.4g}")


def test_a_start_says_what_was_chosen_and_not_the_whole_config(
    train: Train, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(*QUICK, "optimizer=sgd", "trainer.max_epochs=1", "seed=3")
    said = (run / "train.log").read_text()
    assert "network tiny_vgg, loss cross_entropy, optimizer sgd" in said
    assert "seed=3" in said
    assert "weight_decay" not in said + capsys.readouterr().out


@pytest.mark.parametrize(
    ("script", "words", "sentence"),
    [
        ("evaluate", (), "run is missing: expected run=logs/"),
        ("predict", (), "run is missing: expected run=logs/"),
        ("predict", ("run=.",), "inputs is missing: expected a file, a folder"),
        ("predict", ("run=.", "inputs=nowhere"), "inputs=nowhere does not exist: expected a file, a folder"),
        ("export", ("run=nowhere",), "nowhere does not exist: expected the folder of a run"),
        ("replay", ("run=nowhere",), "nowhere does not exist: expected the folder of a run"),
        ("report", (), "expected either run=<folder>"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_made(
    script: str, words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=sentence):
        run_script(script, *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_is_missing_is_told_without_torch(tmp_path: Path) -> None:
    start = f"import runpy, sys\nsys.path.insert(0, {str(ROOT)!r})\n"
    start += f"sys.argv = [{str(ROOT / 'evaluate.py')!r}, 'run=nowhere']\n"
    start += "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
    start += "except SystemExit as error: print(error)\nprint('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", start], cwd=tmp_path, capture_output=True, text=True)
    assert "nowhere does not exist" in said.stdout
    assert said.stdout.endswith("False\n")


def test_help_of_scripts_that_read_data_has_their_keys_alone() -> None:
    for name in ("explore", "benchmark", "shard"):
        said = help_of([], name)
        assert "data.batch_size" in said
        assert "optimizer" not in said
        assert "sweep" not in said
    assert "shard_mib" in help_of([], "shard")


def test_without_the_packages_a_script_says_how_to_run_it() -> None:
    said = subprocess.run([sys.executable, "-S", str(ROOT / "train.py")], capture_output=True, text=True)
    assert said.returncode == 1
    assert said.stderr.startswith("error: the packages of this project are not installed here: run `uv run train.py`")


@pytest.mark.slow
def test_a_reader_that_goes_away_does_not_end_a_run(tmp_path: Path) -> None:
    words = [*QUICK, "trainer.max_epochs=1", "name=piped"]
    words = list({word.partition("=")[0]: word for word in words}.values())
    command = [sys.executable, str(ROOT / "train.py"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 0
    (log,) = tmp_path.glob("logs/piped/*/train.log")
    assert "test/loss" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_machine_that_others_use_too_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        for load, warned in ((0.5, False), (10.0 * len(os.sched_getaffinity(0)), True)):
            caplog.clear()
            monkeypatch.setattr(os, "getloadavg", lambda load=load: (load, load, load))
            Throughput()._warn_of_load()
            assert any("OMP_NUM_THREADS=1 may help" in line for line in caplog.messages) == warned
    finally:
        torch.set_num_threads(threads)
