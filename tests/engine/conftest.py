"""Fixtures of the engine's tests, which run in a project of the fixed name my_project (see tests/test_engine.py)."""

from contextlib import chdir
from functools import cache
from pathlib import Path

import pytest
from project import QUICK, Train, run_train, train

__all__ = ["train"]


@pytest.fixture(scope="session")
def trained_with(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Trains a quick run, once for each list of words: for tests that do not change it."""

    @cache
    def trained(*words: str) -> Path:
        with chdir(tmp_path_factory.mktemp("trained")):
            return run_train(*QUICK, *words)

    return trained
