"""Every config can be chosen, and every mistake is refused before a folder is made and before torch is imported."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from project import ROOT

from my_project.engine.cli.command_line import launch, prepare
from my_project.engine.core.compat import VERSION_BASE
from my_project.engine.core.errors import InputError

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
    "trainer.gradient_clip_algorithm=nrom": "expected one of norm, value, tensor_norm, null",
    "model.layer_decay=1.5": "model.layer_decay = 1.5: expected number > 0 and <= 1.",
    "model.layer_deccay=0.5": "Supervised has no argument 'layer_deccay', did you mean layer_decay?",
    "trainer.accelerator=gpuu": "expected one of auto, cpu, gpu",
    "data.batch_size=0": "data.batch_size = 0: expected integer >= 1.",
    "data.split.val_fraction=1": "data.split.val_fraction = 1: expected number > 0 and < 1.",
    "callback.best.moniter=x": "did you mean monitor?",
    "+callback.x=3": "callback.x = 3: expected mapping.",
    "monitor.mode=biggest": "expected one of min, max",
    "~network": "'network' is missing",
    "~network._partial_": "'_partial_' is missing, add `_partial_: true`.",
    "optimizer.lr=1e-3,1e-2": "add -m",
    "resume=nowhere": "resume=nowhere cannot be resumed",
    "lr": "an override is key=value",
    "epochs=5": "epochs: there is no such key, did you mean trainer.max_epochs?",
    "trainer.epochs=5": "Trainer has no argument 'epochs', did you mean trainer.max_epochs?",
    "lr=0.1": "lr: there is no such key, did you mean optimizer.lr?",
    "learning_rate=0.1": "did you mean optimizer.lr?",
    "batch_size=8": "did you mean data.batch_size?",
    "optimizer.batch_size=8": "did you mean data.batch_size?",
    "optimizer.l=1": "did you mean lr?",
    "acumulate_grad_batches=4": "did you mean trainer.accumulate_grad_batches?",
    "optimizer.lr=nan": "optimizer.lr = nan: expected finite number >= 0.",
    "optimizer.lr=inf": "optimizer.lr = inf: expected finite number >= 0.",
    "optimizer.betas=[nan,0.9]": "optimizer.betas.0 = nan: expected finite number >= 0 and < 1.",
    "scheduler.div_factor=nan": "scheduler.div_factor = nan: expected finite number.",
    "trainer.limit_train_batches=-inf": "or finite number >= 0 and <= 1 or null.",
    "optimizer.lr=interval(0.001,0.1)": "add -m",
    "augment=none": "augment is a group of configs, did you mean transformer/augment=none?",
    "transformer.augment=none": "did you mean transformer/augment=none?",
    "augment=nnoe": "did you mean transformer/augment=nnoe? (known: ",
    "data.cache=off": "did you mean data/cache=off?",
}


@pytest.mark.parametrize(("word", "sentence"), MISTAKES.items())
def test_mistakes_are_refused(word: str, sentence: str) -> None:
    with pytest.raises(InputError) as error:
        prepare([word])
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            "evaluate",
            "problem: evaluate.py has no group problem, leave it out. The parts of a run are in its checkpoint: choose "
            "them by run=<folder>, another dataset by dataset=<name>.",
        ),
        ("predict", "problem: predict.py has no group problem, leave it out. The parts of a run are in its checkpoint"),
        ("export", "by run=<folder>."),
    ],
)
def test_a_problem_is_refused_by_a_script_that_reads_a_run(script: str, sentence: str) -> None:
    with pytest.raises(InputError) as error:
        prepare(["problem=image_classification", "run=."], script)
    assert sentence in str(error.value)


NOT_IN_THE_YAML = {
    "trainer.accumulate_grad_batches=4": 4,
    "+trainer.accumulate_grad_batches=4": 4,
    "trainer.gradient_clip_algorithm=tensor_norm": "tensor_norm",
    "optimizer.eps=1e-6": 1e-6,
    "scheduler.anneal_strategy=linear": "linear",
    "trainer.check_val_every_n_epoch=2": 2,
    "+optimizer.lr=0.1": 0.1,  # which is there: Hydra would refuse to add it
}


def told(*words: str, name: str = "train") -> list[DictConfig]:
    """The configs that Hydra hands to the script, once a command line has passed the check; named by their words."""
    configs: list[DictConfig] = []

    @hydra.main(config_path=str(ROOT / "configs"), config_name=name, **VERSION_BASE)
    def main(config: DictConfig) -> None:
        config.name = HydraConfig.get().job.override_dirname
        configs.append(config)

    before, sys.argv = sys.argv, ["train.py", *words]
    try:
        launch(main, name)
    finally:
        sys.argv = before
    return configs


@pytest.mark.parametrize(("word", "value"), NOT_IN_THE_YAML.items())
def test_any_argument_of_a_class_can_be_set_and_is_recorded_as_typed(
    word: str, value: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (config,) = told(word)
    assert OmegaConf.select(config, word.strip("+").partition("=")[0]) == value
    (folder,) = tmp_path.glob("logs/default/*/.hydra")
    assert OmegaConf.load(folder / "overrides.yaml") == [word]
    assert config.name == word


@pytest.mark.slow
def test_any_argument_can_be_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    word = "optimizer.maximize=true,false"
    jobs = told("-m", "optimizer=adamw,sgd", word, "hydra.sweep.subdir=${hydra.job.override_dirname}")
    assert [job.optimizer.maximize for job in jobs] == [True, False] * 2
    names = {path.parent.name for path in tmp_path.glob("logs/default/*/.hydra")}
    assert names == {
        f"optimizer.maximize={value},optimizer={name}" for name in ("adamw", "sgd") for value in (True, False)
    }
    assert word in (tmp_path / "logs/default/multirun.yaml").read_text()


@pytest.mark.parametrize("option", ["--cfg=job", "--info=config"])
def test_a_shown_config_is_checked_too(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    told(option, "optimizer.eps=1e-6")
    assert "eps: 1.0e-06" in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"did you mean lr\?"):
        told(option, "optimizer.lrr=1")


def test_any_option_of_the_data_of_a_run_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (config,) = told("run=.", "data.limit_samples=4", name="evaluate")
    assert config.data == {"limit_samples": 4}


def test_a_callback_without_a_name_is_one_sentence() -> None:
    path = ROOT / "configs" / "callback" / f"of_a_test_{os.getpid()}.yaml"
    path.write_text("_target_: my_project.engine.callbacks.ema.EMA\ndecay: 0.9\n")
    try:
        with pytest.raises(InputError) as error:
            prepare([f"callback=[default,{path.stem}]"])
    finally:
        path.unlink()
    assert str(error.value) == f"configs/callback/{path.name}: indent its content under a name, like `my_part:`."


def test_a_value_that_other_keys_take_over_is_reported_once() -> None:
    with pytest.raises(InputError) as error:
        prepare(["optimizer.lr=abc"])
    assert str(error.value) == "optimizer.lr = 'abc': expected number >= 0."
    with pytest.raises(InputError, match=r"^scheduler\.max_lr = 'abc'"):
        prepare(["scheduler.max_lr=abc"])


def test_a_refusal_makes_no_folder_and_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, runpy; sys.argv = ['train.py', 'optimizer.lrr=1']\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"try: runpy.run_path({str(ROOT / 'train.py')!r}, run_name='__main__')\n"
        "except SystemExit as error: print(error)\n"
        "print('torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "did you mean lr?" in answer.stdout
    assert answer.stdout.endswith("False\n")
    assert not list(tmp_path.iterdir())
