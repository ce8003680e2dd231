"""--help names every key that the chosen configs have, and what it takes."""

import ast
import re
import subprocess
import sys
from copy import deepcopy
from typing import Any

import pytest
from project import ROOT, config_of

from my_project.engine.cli.command_line import help_of
from my_project.engine.cli.keys import blocks
from my_project.engine.cli.validate import check
from my_project.engine.core.errors import InputError


def line_of(text: str, key: str) -> str:
    """The line of a key, its columns two spaces apart."""
    (line,) = [line for line in text.splitlines() if line.split()[:1] == [key]]
    return re.sub(" {2,}", "  ", line.strip())


def test_help_shows_values_and_comments() -> None:
    text = help_of(["--help"])
    assert "\noptimizer=adamw  (torch.optim.AdamW)\n" in text
    assert line_of(text, "optimizer.lr") == "optimizer.lr  number >= 0  = 0.01"
    assert line_of(text, "optimizer.fused").endswith("boolean or null  = true  # one kernel for all parameters")
    assert line_of(text, "optimizer.amsgrad") == "optimizer.amsgrad  boolean  = false"  # not in the YAML
    assert line_of(text, "scheduler.anneal_strategy") == "scheduler.anneal_strategy  one of cos, linear  = cos"
    assert line_of(text, "seed").endswith("# of weights, splits, order, augmentation and dropout")
    assert line_of(text, "name").endswith("= default  # jobs are kept in logs/<name>/")
    assert line_of(text, "warm_start.checkpoint").endswith("(.pt, .pth, .safetensors)")
    assert "most_wait  number >= 0 and <= 1  = 0.1  # share of the time" in line_of(
        text, "callback.throughput.most_wait"
    )
    assert line_of(text, "optimizer:").startswith("optimizer: adabelief, adam, ")


def test_help_follows_the_chosen_configs() -> None:
    text = help_of(["optimizer=sgd", "optimizer.lr=0.7", "callback=[default,early_stopping]", "-h", "debug=fast"])
    assert "\noptimizer=sgd  (torch.optim.SGD)\n" in text
    assert line_of(text, "optimizer.lr") == "optimizer.lr  number >= 0  = 0.7"
    assert line_of(text, "optimizer.momentum").startswith("optimizer.momentum  number >= 0 and < 1  = 0.0")
    assert "optimizer.betas" not in text
    assert line_of(text, "callback.early_stopping.stopping_threshold").endswith(
        "= null  # stop once monitor.metric is better"
    )
    assert "\ncallback=[default,early_stopping]\n" in text
    assert line_of(text, "trainer.fast_dev_run").endswith("= true")
    with pytest.raises(InputError, match="did you mean sgd"):
        help_of(["optimizer=sdg", "--help"])


@pytest.mark.parametrize("script", sorted(path.stem for path in ROOT.glob("*.py")))
def test_help_of_every_script_names_its_keys(script: str) -> None:
    text = help_of([], script)
    assert f"python {script}.py" in text
    if script in ("compare", "runs"):  # no jobs
        assert "-m" not in text
    else:
        assert "# jobs are kept in logs/<name>/" in line_of(text, "name")
    if script == "evaluate":
        assert line_of(text, "data").endswith("# changed options of the run: data.limit_samples=100")


def test_every_key_of_help_can_be_set() -> None:
    config = config_of()
    for block in blocks(config, "train"):
        for key in block.keys:
            if key.default is None:
                continue
            changed = deepcopy(config)
            place: Any = changed
            for part in key.path.split(".")[:-1]:
                place = place[part]
            place[key.path.rpartition(".")[2]] = ast.literal_eval(key.default)
            for problem in check(changed):
                assert "no argument" not in problem


def test_help_imports_little() -> None:
    command = [sys.executable, "-X", "importtime", str(ROOT / "train.py"), "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "trainer.max_epochs" in answer.stdout
    imported = {line.rpartition("|")[2].strip() for line in answer.stderr.splitlines()}
    assert "hydra" in imported
    assert not imported & {"torch", "numpy", "jsonschema", "pytorch_lightning"}, "they take longer than all the rest"


def test_help_may_be_cut_short() -> None:
    command = [sys.executable, str(ROOT / "train.py"), "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert not process.stderr.read()


def test_hydra_has_its_own_help() -> None:
    command = [sys.executable, str(ROOT / "train.py"), "--hydra-help"]
    assert "--multirun" in subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
