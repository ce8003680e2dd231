"""Sweeps that are killed at random moments end as if they had not been."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

HERE = Path(__file__).parents[1]


def survive_kills(kind: str, seed: int, count: int) -> None:
    """Kill grids or searches that often, and find them equal to an unbroken one."""
    folders = os.pathsep.join(map(str, (ROOT, ROOT / "tests", HERE)))
    done = subprocess.run(
        [sys.executable, str(HERE / "sweep_kills.py"), kind, str(seed), str(count), "network=cnn"],
        env=dict(os.environ, PYTHONPATH=folders, OMP_NUM_THREADS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]


def test_a_sweep_survives_kills() -> None:
    survive_kills("pair", 0, 3)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("grid", 20), ("search", 12)])
def test_sweeps_survive_thirty_kills(kind: str, count: int) -> None:
    survive_kills(kind, 1, count)
