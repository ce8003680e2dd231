"""Odd input gets a sentence: values, keys, names and folders that are easy to get wrong."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import QUICK, ROOT, SIX_STEPS, Train

from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError
from my_project.engine.core.schemas import schema

WORDS = {
    "optimizer=null": "optimizer=null: a group has no empty choice, expected one of (",
    "logger=null": "logger=null: a group has no empty choice, expected one of (all, csv, ",
    "name=..": "name = '..': expected a folder name",
    "name=a/../../b": "name = 'a/../../b': expected a folder name",
    "name=a/..": "name = 'a/..': expected a folder name",
    "name=/tmp/a": "name = '/tmp/a': expected a folder name",
    "name=a//b": "name = 'a//b': expected a folder name",
    "dataset.root=größe": "write \"dataset.root='größe'\" if it is meant as a text",
    "name=日本": "write \"name='日本'\" if it is meant as a text",
    "é=1": "'é=1' cannot be read (an override is key=value).",
    "optimizer.lr=${oops": "'optimizer.lr=${oops' cannot be read (an override is key=value)",
    "optimizer.lr=${oops}": "optimizer.lr: Interpolation key 'oops' not found",
    "optimizer.lr=[1": "'optimizer.lr=[1' cannot be read",
    "": "'' cannot be read (an override is key=value).",
    "=": "'=' has no key (an override is key=value).",
    "=3": "'=3' has no key",
    "~": "'~' has no key",
    "trainer.strategy=nope": "trainer.strategy = 'nope': expected one of auto, ddp, ",
    "hydra.run.dir=": "hydra.run.dir = '': expected a folder.",
}


@pytest.mark.parametrize(("word", "sentence"), WORDS.items())
def test_an_odd_word_is_a_sentence(word: str, sentence: str) -> None:
    with pytest.raises(InputError) as error:
        prepare([word])
    assert sentence in str(error.value)
    assert "Exception" not in str(error.value)


def test_names_with_folders_and_quoted_texts_are_accepted() -> None:
    for words in (["name=a/b.c/d_e-f"], ["name=v1..2"], ["+warm_start.exclude=['größe']"], ["trainer.strategy=ddp"]):
        assert prepare(words) == words


def test_the_strategies_are_those_of_lightning() -> None:
    from pytorch_lightning.strategies import StrategyRegistry

    assert {"auto", *StrategyRegistry.available_strategies()} == set(
        schema("trainer")["properties"]["strategy"]["enum"]
    )


@pytest.fixture
def experiment() -> Iterator[Path]:
    path = ROOT / "configs" / "experiment" / f"of_a_test_{os.getpid()}.yaml"
    path.parent.mkdir(exist_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1: 2", "1 is a key that YAML reads as int, expected a text: write it in quotes."),
        ("true: 2", "True is a key that YAML reads as bool, expected a text"),
        ("null: 2", "None is a key that YAML reads as NoneType, expected a text"),
        ("optimizer: {3: 4}", "optimizer.3 is a key that YAML reads as int"),
        (
            "callback:\n  1: {_target_: my_project.engine.callbacks.ema.EMA}",
            "callback.1 is a key that YAML reads as int",
        ),
        ("- a", "Cannot merge DictConfig with ListConfig"),
        ("loss: [", "a config is not valid YAML: "),
        ("? [a]\n: 1", "a config is not valid YAML: "),
    ],
)
def test_an_odd_experiment_is_a_sentence(experiment: Path, text: str, sentence: str) -> None:
    experiment.write_text(f"# @package _global_\n{text}\n")
    with pytest.raises(InputError) as error:
        prepare([f"experiment={experiment.stem}"])
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("data.split.fold=1", "fold = 1: there are no folds, set folds to a number above 1."),
        ("data.batch_size=1", "batch_size = 1: the batch normalisation of TinyVGG has one value for each channel"),
        ("hydra.run.dir=full/file.txt", "full/file.txt cannot be read or written "),
        ("hydra.run.dir=full", "hydra.run.dir = full: the folder is not empty, expected a new one for a new run."),
    ],
)
def test_a_run_is_refused_and_leaves_nothing(train: Train, word: str, sentence: str) -> None:
    Path("full").mkdir()
    Path("full/file.txt").touch()
    with pytest.raises(SystemExit, match=sentence.replace("(", r"\(")) as stopped:
        train(*QUICK, word)
    assert "\n" not in str(stopped.value)
    assert [path.name for path in Path().rglob("*")] == ["full", "file.txt"]


def test_one_sample_of_several_values_trains_with_batch_normalisation(train: Train) -> None:
    assert train(*QUICK, "data.batch_size=1", "network=cnn", "data.limit_samples=12", "trainer.max_epochs=1")


def test_a_refused_job_removes_no_folder_that_it_has_not_made(train: Train) -> None:
    Path("kept").mkdir()
    Path("kept/file.txt").touch()
    words = ["-m", "hydra.sweep.dir=kept", "hydra.sweep.subdir=.", "data.split.fold=1"]
    with pytest.raises((SystemExit, InputError)):
        train(*QUICK, *words)
    assert Path("kept/file.txt").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "seconds", [3, pytest.param(6, marks=pytest.mark.slow), pytest.param(12, marks=pytest.mark.slow)]
)
def test_ctrl_c_ends_a_multirun_without_a_traceback(tmp_path: Path, seconds: float) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in the background
    words = ["-m", *SIX_STEPS[:-1], "trainer.max_epochs=1000", "seed=1,2"]
    command = [sys.executable, str(ROOT / "train.py"), *words]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        timer = threading.Timer(seconds, process.send_signal, [signal.SIGINT])
        timer.start()
        started = time.monotonic()
        output, _ = process.communicate(timeout=60)
    assert time.monotonic() - started < seconds + 20
    assert process.returncode == 130
    assert "Traceback" not in output
    assert len(list(tmp_path.glob("logs/default/*/jobs/*/.hydra"))) <= 1
