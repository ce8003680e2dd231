"""A search on the command line."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from my_project.engine.cli.command_line import config_folder, prepare
from my_project.engine.cli.search_space import space_of
from my_project.engine.cli.sweep import start_sweep
from my_project.engine.core.errors import InputError
from my_project.engine.core.job_record import write_record
from my_project.engine.sweeps.plan import count_of, is_same, job_folder, read_plan
from sweep_words import Ask

DRY = "sweep.dry_run=true"
LR = "optimizer.lr=tag(log,interval(1e-4,1e-1))"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (LR, {"low": 1e-4, "high": 0.1, "step": None, "log": True, "integer": False}),
        ("a=interval(0,2)", {"low": 0.0, "high": 2.0, "step": None, "log": False, "integer": False}),
        ("a=int(interval(1,9))", {"low": 1, "high": 9, "step": 1, "log": False, "integer": True}),
        ("a=range(1,8,3)", {"low": 1, "high": 7, "step": 3, "log": False, "integer": True}),
        ("a=range(8,1,-3)", {"low": 2, "high": 8, "step": 3, "log": False, "integer": True}),
        ("a=1,2", {"choices": ["1", "2"]}),
        ("a=choice(x,'y z')", {"choices": ["x", "y\\ z"]}),
    ],
)
def test_words_are_a_space(word: str, expected: object) -> None:
    with config_folder(None):
        (found,) = space_of([word, "seed=3"]).values()
    assert found == expected


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("seed=3",), "nothing to search"),
        (("a=interval(3,3)",), "holds no two values"),
        (("a=interval(3,1)",), "holds no two values"),
        (("a=range(3,4)",), "holds no two values"),
        (("a=tag(log,interval(0,1))",), "a logarithmic interval begins above 0"),
        (("a=tag(log,range(1,9,2))",), "is logarithmic with steps"),
    ],
)
def test_a_space_without_values_is_refused(words: tuple[str, ...], sentence: str) -> None:
    with config_folder(None), pytest.raises(InputError, match=sentence):
        space_of(words)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("optimizer.lr=interval(-1,1)", "search.trials=3"), r"optimizer\.lr = -1\.0: expected"),
        (("network=mlp,nothing", "search.trials=3"), r"network=nothing"),
        (
            (LR,),
            r"is an interval: search\.trials=<jobs> searches it, or list its values, as in optimizer\.lr=0\.0001,0\.1",
        ),
        ((LR, "search.trials=-1"), r"search\.trials = -1: expected"),
        ((LR, "search.trials=3", "search.sampler=cma"), r"search\.sampler = 'cma': expected one of"),
        ((LR, "search.trials=3", "search.also={val/loss: up}"), r"search\.also\.val/loss = 'up': expected one of"),
    ],
)
def test_wrong_words_are_refused_before_the_first_job(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        prepare(["-m", *words])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("search.also={val/loss: min}", "search.pruner=median"), "leave one of the two out"),
        (("sweep.file=jobs.csv",), "exclude each other"),
        (("launcher=slurm", "launcher.cluster=local", "sweep.timeout=3"), "SLURM has launcher.timeout_min"),
        (("optimizer.lr=1e-3,1e-2",), "have only 2 combinations: leave search.trials out"),
        (("search.trials=0", "search.pruner=median", "optimizer.lr=1"), "'search.pruner=median' has no effect without"),
    ],
)
def test_options_that_exclude_each_other_are_refused(
    words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("jobs.csv").write_text("seed\n1\n")
    with pytest.raises(InputError, match=sentence):
        start_sweep(["-m", LR, "search.trials=3", *words])


def test_the_same_search_goes_on_and_may_have_more_jobs(asked: Ask) -> None:
    words = (LR, "seed=3")
    sweep, options = asked(*words, "search.trials=2")
    plan = read_plan(sweep)
    assert (plan.jobs, count_of(plan), options["trials"]) == ([["seed=3"]], 2, 2)
    assert plan.search is not None
    assert plan.search.seed == 3
    for number in range(2):
        folder = job_folder(sweep, number)
        folder.mkdir(parents=True)
        (folder / "words.json").write_text(json.dumps({"words": {"optimizer.lr": 0.1}, "attributes": {}}))
        write_record(folder, "finished", 0.0)
    assert asked(*words, "search.trials=3")[0] == sweep
    assert asked(f"sweep.resume={sweep}", "search.trials=9") == (sweep, options | {"trials": 9})
    assert asked(f"sweep.resume={sweep}") == (sweep, options | {"trials": 0})
    assert asked(*words, "search.trials=2")[0] != sweep, "it has ended"
    with pytest.raises(InputError, match="is another sweep"):
        asked(*words, "search.trials=3", "search.sampler=random", f"sweep.resume={sweep}")
    assert is_same(plan, replace(plan, search=replace(plan.search, trials=7)))


def test_a_dry_run_says_what_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        start_sweep(
            ["-m", LR, "network=mlp,cnn", "seed=range(1,9,2)", "name=x", "search.trials=7", "sweep.dry_run=true"]
        )
    said = capsys.readouterr().out
    assert re.findall(r"^ .*$", said, re.MULTILINE) == [
        "  optimizer.lr: 0.0001 to 0.1, logarithmic",
        "  network: mlp, cnn",
        "  seed: 1 to 7, in steps of 2",
    ]
    assert "7 jobs, with values that tpe chooses, of:\npython train.py name=x\n" in said
