"""A mistake in the file of an experiment is one sentence that names the file."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from project import ROOT

from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError


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
        pytest.raises(InputError, match=r"of_a_test_\w+\.yaml: the first line must be `# @package _global_`"),
    ):
        prepare([choice])


@pytest.mark.parametrize(
    ("defaults", "sentence"),
    [
        ("override /optimizer: sdg", r"\.yaml: optimizer=sdg: there is no .*, did you mean sgd\?"),
        ("/optimizer: sgd", r"\.yaml: `/optimizer: sgd` must be `override /optimizer: sgd`"),
        ("optimizer: sgd", r"\.yaml: `optimizer: sgd` must be `override /optimizer: sgd`"),
        ("override /netwrok: mlp", r"\.yaml: there is no group /netwrok, did you mean /network\?"),
    ],
)
def test_a_mistake_in_the_defaults_of_an_experiment_names_its_file(defaults: str, sentence: str) -> None:
    with (
        experiment(f"# @package _global_\ndefaults:\n  - {defaults}\n  - _self_\n") as choice,
        pytest.raises(InputError, match=rf"^configs/experiment/of_a_test_\w+{sentence}") as error,
    ):
        prepare([choice])
    assert "\n" not in str(error.value)
