"""Runs that are interrupted within an epoch, and what a resumed run must be equal to."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, checkpoint, rows, run_train

from my_project.engine.training.supervised import Supervised

WORDS = (*QUICK, "data.limit_samples=192", "trainer.max_epochs=3", "trainer.log_every_n_steps=1")
"""A run of 18 steps."""
SAVING = "checkpoint.every_n_steps=1"


def at_call(patch: pytest.MonkeyPatch, hook: str, count: int, action: Callable[[Supervised], None]) -> None:
    """Do something in the `count`-th call of a hook of the model, before the hook itself."""
    original, calls = getattr(Supervised, hook), 0

    def counted(self: Supervised, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            action(self)
        return original(self, *args, **kwargs)

    patch.setattr(Supervised, hook, counted)


def fail(model: Supervised) -> None:
    raise RuntimeError("for a test")


def send(number: int) -> Callable[[Supervised], None]:
    """Action that sends a signal to this process."""
    return lambda model: os.kill(os.getpid(), number)


def interrupted(folder: str, *words: str) -> tuple[Path, object]:
    """Run that ends early, in logs/`folder`, and its exit status."""
    with pytest.raises(SystemExit) as stopped:
        run_train(*WORDS, f"name={folder}", SAVING, *words)
    (run,) = Path("logs", folder).iterdir()
    return run, stopped.value.code


def assert_equal_runs(one: Path, other: Path) -> None:
    """Weights, optimizer, schedule, moving average, best checkpoint and rows of two runs are equal."""
    for name in ("last", "best"):
        first, second = checkpoint(one, name), checkpoint(other, name)
        for key in ("state_dict", "current_model_state", "optimizer_states", "lr_schedulers", "epoch", "global_step"):
            assert_equal(first.get(key), second.get(key), f"{name}: {key}")
        states = [{key: without_paths(value) for key, value in each["callbacks"].items()} for each in (first, second)]
        for key in states[0]:
            if "Throughput" not in key:
                assert_equal(states[0][key], states[1].get(key), f"{name}: {key}")
    assert rows(one) == rows(other)


def without_paths(state: Any) -> Any:
    if not isinstance(state, dict):
        return state
    return {
        key: value for key, value in state.items() if "path" not in key and "best_k" not in key and key != "dirpath"
    }


def assert_equal(one: Any, other: Any, name: str) -> None:
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), name
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), name
        for key, value in one.items():
            assert_equal(value, other[key], f"{name}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), name
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            assert_equal(first, second, f"{name}.{index}")
    else:
        assert one == other, name
