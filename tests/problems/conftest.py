"""Fixtures of the tests of all problems, which run in one project that has them (see tests/test_problems.py)."""

from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path

import pytest
from project import SIX_STEPS, options, run_script, run_train, train

__all__ = ["train"]
Run = Callable[..., Path]


FAMILIES = ["text_classification", "tabular_numbers", "segmentation", "text_line", "language_model"]
each_family = pytest.mark.parametrize("problem", FAMILIES, indirect=True)
"""For slow tests: a problem of classes, of numbers, of masks, of sequences and of tokens."""


@pytest.fixture(params=options("problem"))
def problem(request: pytest.FixtureRequest) -> str:
    """Name of a problem of the project."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def trained_with(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Trains a quick run of a problem, once for each list of words: for tests that only read it."""

    @cache
    def trained(problem: str, *words: str) -> Path:
        with chdir(tmp_path_factory.mktemp(problem)):
            return run_train(*SIX_STEPS, "report=true", f"problem={problem}", *words)

    return trained


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python <script>.py <words>` in an empty folder; returns the folder of its results."""
    monkeypatch.chdir(tmp_path)
    return run_script
