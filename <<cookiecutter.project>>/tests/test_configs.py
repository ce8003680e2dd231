"""Every config can be chosen, and every mistake is refused before a folder is made and before torch is imported."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import ROOT, options

from <<cookiecutter.package>>.engine.cli import choices
from <<cookiecutter.package>>.engine.cli.command_line import prepare
from <<cookiecutter.package>>.engine.core.errors import InputError

GROUPS = {str(path.parent.relative_to(ROOT / "configs")) for path in (ROOT / "configs").rglob("*.yaml")} - {"."}
CHOICES = [f"{group}={option}" for group in sorted(GROUPS) for option in options(group)]


@pytest.mark.parametrize("choice", CHOICES)
def test_every_config_composes_and_passes_its_schema(choice: str) -> None:
    assert prepare([choice]) == [choice]


@pytest.mark.parametrize("choice", CHOICES)
def test_every_config_says_what_it_is(choice: str) -> None:
    group, option = choice.split("=")
    first, second = ((ROOT / "configs" / group / f"{option}.yaml").read_text() + "\n").splitlines()[:2]
    if group in ("experiment", "debug"):
        assert first == "# @package _global_", "Hydra reads it from the first line only"
        first = second
        assert first.startswith("# python train.py ")
    how, _, what = first.removeprefix("# ").removeprefix("python train.py ").partition(": ")
    assert how.split()[0] in (choice, f"{group}=[default,{option}]"), f"expected a first line `# {choice}: what it is`"
    assert what
    if how != choice:  # which has just been composed
        assert prepare(how.split()) == how.split()


def test_the_tables_of_the_readme_are_true() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    written = readme.partition(choices.START)[2].partition(choices.END)[0]
    stale = set(written.splitlines()) - set(choices.tables().splitlines())
    assert not stale, f"run python -m {choices.__name__}"


MISTAKES = {
    "optimizer.lrr=1": "optimizer.lrr: AdamW has no argument 'lrr', did you mean lr?",
    "+optimizer.betaz=[0.9,0.99]": "did you mean betas?",
    "++optimizer.lr=abc": "optimizer.lr = 'abc': expected number >= 0.",
    "optimizer.lr=-1": "optimizer.lr = -1: expected number >= 0.",
    "~optimizer.lr": "optimizer.lr",
    "optimizer=sdg": "did you mean sgd?",
    "+sed=3": "sed: there is no such key, did you mean seed?",
    "seed=-1": "seed = -1",
    "debug=fats": "did you mean fast?",
    "+debug=foo": "expected one of (anomaly, fast, overfit, profile, trace)",
    "+experiment.foo=1": "experiment: there is no such key",
    "network._target_=os.remove": "network._target_ = os.remove: expected a class of",
    "optimizer._target_=torch.optim.AdamX": "there is no AdamX in torch.optim, did you mean Adam",
    "trainer.max_epochs=0": "trainer.max_epochs = 0: expected integer >= 1.",
    "trainer.max_epochs='3'": "trainer.max_epochs = '3'",
    "trainer.max_epochs=2.5": "trainer.max_epochs = 2.5",
    "+trainer.accumulate_grad_batches=0": "expected integer >= 1",
    "+trainer.max_epoch=3": "did you mean max_epochs?",
    "trainer.accelerator=gpuu": "expected one of auto, cpu, gpu",
    "dataset.limit=5": "has no argument 'limit'",
    "data.limit_sample=5": "data.limit_sample: DataOptions has no argument 'limit_sample', did you mean limit_samples?",
    "data.split=3": "data.split = 3: expected mapping.",
    "~data.split._target_": "data.split: '_target_' is missing.",
    "data.batch_size=0": "data.batch_size = 0: expected integer >= 1.",
    "data.split.val_fraction=1": "data.split.val_fraction = 1: expected number > 0 and < 1.",
    "callback.best.moniter=x": "did you mean monitor?",
    "+callback.x=3": "callback.x = 3: expected mapping.",
    "monitor.mode=biggest": "expected one of min, max",
    "~network": "'network' is missing",
    "~network._partial_": "'_partial_' is missing, add `_partial_: true`.",
    "optimizer.lr=1e-3,1e-2": "add -m",
    "resume=nowhere": "resume=nowhere is no run that can go on",
    "lr": "an override is key=value",
}


@pytest.mark.parametrize(("word", "sentence"), MISTAKES.items())
def test_mistakes_are_refused(word: str, sentence: str) -> None:
    with pytest.raises(InputError) as error:
        prepare([word])
    assert sentence in str(error.value)


@contextmanager
def experiment(content: str) -> Iterator[str]:
    """A choice of the group, for a while; its name is its own, for other tests may be at work beside this one."""
    path = ROOT / "configs" / "experiment" / f"of_a_test_{os.getpid()}_{time.monotonic_ns()}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    try:
        yield f"experiment={path.stem}"
    finally:
        path.unlink()


def test_a_key_in_an_experiment_file_is_checked() -> None:
    with (
        experiment("# @package _global_\noptimizer:\n  betaz: [0.9, 0.99]\n") as choice,
        pytest.raises(InputError, match="did you mean betas"),
    ):
        prepare([choice])


def test_an_experiment_for_one_optimizer_is_refused_with_another() -> None:
    with experiment("# @package _global_\noptimizer:\n  betas: [0.8, 0.9]\n") as choice:
        assert prepare([choice])
        with pytest.raises(InputError, match=r"optimizer\.betas: SGD has no argument 'betas'"):
            prepare([choice, "optimizer=sgd"])


def test_an_experiment_whose_package_line_is_not_first_is_refused() -> None:
    with (
        experiment("# python train.py experiment=x: what it is\n# @package _global_\nseed: 3\n") as choice,
        pytest.raises(InputError, match="experiment: there is no such key"),
    ):
        prepare([choice])


def test_all_jobs_of_a_multirun_are_checked_before_the_first_starts() -> None:
    with pytest.raises(InputError, match=r"optimizer\.lr = 'x'"):
        prepare(["-m", "seed=1,2", "optimizer.lr=1e-3,1e-2,x"])


def test_a_refusal_makes_no_folder_and_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, runpy; sys.argv = ['train.py', 'optimizer.lrr=1']\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"try: runpy.run_path({str(ROOT / 'train.py')!r}, run_name='__main__')\n"
        "except SystemExit as error: print(error)\n"
        "print('torch' in sys.modules)"
    )
    prediction = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "did you mean lr?" in prediction.stdout
    assert prediction.stdout.endswith("False\n")
    assert not list(tmp_path.iterdir())
