"""Choices of a command line that contradict each other are refused in one sentence."""

from collections.abc import Iterator

import pytest

from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError
from my_project.engine.core.paths import CONFIGS


@pytest.fixture
def experiment() -> Iterator[str]:
    """Choice of an experiment that names a dataset and no problem."""
    path = CONFIGS / "experiment" / "with_a_dataset.yaml"
    path.write_text("# @package _global_\ndefaults:\n  - override /dataset: digits\n")
    yield f"experiment={path.stem}"
    path.unlink()


def test_an_experiment_for_another_problem_is_refused() -> None:
    assert prepare(["experiment=mnist_cnn", "problem=image_classification"])
    with pytest.raises(InputError) as error:
        prepare(["experiment=mnist_cnn", "problem=segmentation"])
    assert str(error.value) == (
        "experiment=mnist_cnn has problem=image_classification, which contradicts problem=segmentation: leave out "
        "experiment=mnist_cnn, or problem=segmentation."
    )


def test_an_experiment_with_the_dataset_of_another_problem_is_refused(experiment: str) -> None:
    assert prepare([experiment])
    assert prepare([experiment, "problem=segmentation", "dataset=shapes"])
    with pytest.raises(InputError, match="has dataset=digits, which contradicts problem=segmentation: leave out"):
        prepare([experiment, "problem=segmentation"])
