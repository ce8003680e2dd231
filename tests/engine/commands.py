"""Commands in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

from project import ROOT


def start(*words: str) -> subprocess.CompletedProcess[str]:
    """`python train.py <words>`; later words override earlier ones with the same key."""
    words = tuple({word.partition("=")[0]: word for word in words}.values())
    return subprocess.run([sys.executable, str(ROOT / "train.py"), *words], capture_output=True, text=True)


def survive_kills(seed: int, count: int, words: str) -> None:
    """Kill runs of these words that often, and find them equal to an unbroken one."""
    folders = os.pathsep.join(map(str, (ROOT, ROOT / "tests", Path(__file__).parent)))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "kills.py"), str(seed), str(count), *words.split()],
        env=dict(os.environ, PYTHONPATH=folders, OMP_NUM_THREADS="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
