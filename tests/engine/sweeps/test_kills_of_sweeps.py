"""Sweeps that are killed at random moments end as if they had not been."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

HERE = Path(__file__).parents[1]


def kills(kind: str, seed: int, count: int) -> tuple[int, int]:
    """Kills that a grid or a search survives, up to `count`, and how many of them while a job was training."""
    folders = os.pathsep.join(map(str, (ROOT, ROOT / "tests", HERE)))
    done = subprocess.run(
        [sys.executable, str(HERE / "sweep_kills.py"), kind, str(seed), str(count), "network=cnn"],
        env=dict(os.environ, PYTHONPATH=folders, OMP_NUM_THREADS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    (found,) = re.findall(
        r"^(\d+) kills, \d+ of jobs alone, (\d+) while a job was training$", done.stdout, re.MULTILINE
    )
    return int(found[0]), int(found[1])


def test_a_sweep_survives_kills() -> None:
    assert kills("grid", 0, 3)[0] == 3


@pytest.mark.slow
def test_sweeps_survive_thirty_kills() -> None:
    """Some end before their eighth kill: as many sweeps as it takes, at least two of each kind."""
    found: list[tuple[int, int]] = []
    for seed in range(1, 9):
        found += [kills(kind, seed, 8) for kind in ("grid", "search")]
        count, training = (sum(each) for each in zip(*found, strict=True))
        if seed >= 2 and count >= 30 and training >= 10:
            return
    raise AssertionError(f"{count} kills, {training} of them while a job was training")
