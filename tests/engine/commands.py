"""Commands in processes of their own."""

import subprocess
import sys

from project import ROOT


def start(*words: str) -> subprocess.CompletedProcess[str]:
    """`python train.py <words>`; later words override earlier ones with the same key."""
    words = tuple({word.partition("=")[0]: word for word in words}.values())
    return subprocess.run([sys.executable, str(ROOT / "train.py"), *words], capture_output=True, text=True)
