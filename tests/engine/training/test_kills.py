"""Runs that are killed at random moments end as if they had not been."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

HERE = Path(__file__).parents[1]
OPTIONS = (
    "network=mlp network.dropout=0.2 transformer/augment=shift callback=[default,ema]",
    "trainer.accumulate_grad_batches=2 transformer/augment=trivial_augment scheduler=reduce_on_plateau",
)
TWO_PROCESSES = "trainer=ddp_cpu data.batch_size=16 network=mlp network.dropout=0.2 callback=[default,ema]"


def kills(seed: int, rounds: int, words: str) -> int:
    """Number of kills that runs of these words survive, up to five a round."""
    folders = os.pathsep.join(map(str, (ROOT, ROOT / "tests", HERE)))
    done = subprocess.run(
        [sys.executable, str(HERE / "kills.py"), str(seed), str(rounds), *words.split()],
        env=dict(os.environ, PYTHONPATH=folders, OMP_NUM_THREADS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return int(re.findall(r"^(\d+) kills$", done.stdout, re.MULTILINE)[0])


def test_a_run_survives_kills() -> None:
    assert kills(0, 1, OPTIONS[0]) >= 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "rounds", "least"),
    [(OPTIONS[0], 12, 50), (OPTIONS[1], 12, 50), (TWO_PROCESSES, 3, 5)],
    ids=["dropout-ema", "accumulation-plateau", "two-processes"],
)
def test_runs_survive_a_hundred_kills(words: str, rounds: int, least: int) -> None:
    assert kills(1, rounds, words) >= least
