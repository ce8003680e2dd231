"""The private parts of Hydra that compat.py uses are there, and do what it says."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import hydra
import pytest
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra.errors import HydraException, InstantiationException
from hydra.utils import get_class, instantiate
from project import ROOT

from my_project.engine.core.compat import (
    APPLY,
    BASIC_LAUNCHER,
    BASIC_SWEEPER,
    GET_MODE,
    VERSION_BASE,
    any_key,
    execution_whitelist,
    failure_of,
    one_composition,
    parse_arguments,
)
from my_project.engine.core.schemas import PACKAGE, allowed_packages

WORDS = ["optimizer.eps=1", "+optimizer.lr=2", "~optimizer.betas"]


def test_hydra_gets_any_key_only_within_the_context() -> None:
    before = getattr(ConfigLoaderImpl, APPLY)
    with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
        with any_key():
            config = compose("train", WORDS, return_hydra_config=True)
        with pytest.raises(HydraException):
            compose("train", ["optimizer.eps=1"])
    assert (config.optimizer.eps, config.optimizer.lr, "betas" in config.optimizer) == (1, 2, False)
    assert config.hydra.overrides.task == WORDS
    assert config.hydra.sweeper._target_ == BASIC_SWEEPER
    assert config.hydra.launcher._target_ == BASIC_LAUNCHER
    assert getattr(ConfigLoaderImpl, APPLY) is before


def test_hydra_does_not_compose_for_its_mode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    get_mode: Callable[..., Any] = getattr(Hydra, GET_MODE)

    def counted(*arguments: Any, **named: Any) -> Any:
        asked.append(arguments)
        return get_mode(*arguments, **named)

    monkeypatch.setattr(Hydra, GET_MODE, counted)
    monkeypatch.setattr("sys.argv", ["train.py", f"hydra.run.dir={tmp_path}", "hydra.output_subdir=null"])
    for context, times in ((nullcontext(), 1), (one_composition(), 0), (nullcontext(), 1)):
        asked.clear()
        with context:
            hydra.main(config_path=str(ROOT / "configs"), config_name="train", **VERSION_BASE)(lambda config: None)()
        assert len(asked) == times


def test_the_basic_plugins_have_their_names() -> None:
    assert get_class(BASIC_SWEEPER)
    assert get_class(BASIC_LAUNCHER)


def test_hydra_tells_its_options_from_overrides() -> None:
    arguments = parse_arguments(["-m", "a=1", "b=2"])
    assert (arguments.multirun, arguments.overrides) == (True, ["a=1", "b=2"])
    assert not any((arguments.help, arguments.hydra_help, arguments.shell_completion, arguments.config_path))


def test_the_error_of_a_target_comes_with_its_key() -> None:
    with pytest.raises((InstantiationException, ZeroDivisionError)) as error:
        instantiate({"a": {"b": {"_target_": "fractions.Fraction", "numerator": 1, "denominator": 0}}})
    cause, key = failure_of(error.value)
    assert isinstance(cause, ZeroDivisionError)
    assert key == "a.b"


def test_targets_outside_the_whitelist_are_refused() -> None:
    with execution_whitelist([f"{package}.*" for package in allowed_packages("optimizer")]):
        instantiate({"_target_": "torch.optim.SGD", "_partial_": True})
        if not hydra.__version__.startswith("1.3."):
            with pytest.raises(InstantiationException, match="whitelist"):
                instantiate({"_target_": "torch.hub.load", "_partial_": True})


def test_a_group_allows_our_classes_and_those_of_its_schema() -> None:
    assert allowed_packages("loss") == [PACKAGE]
    assert allowed_packages("optimizer") == [PACKAGE, "torch.optim", "timm.optim"]
