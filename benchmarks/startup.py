"""How long a command takes to answer, and the default run to its first step, beside the imports that it needs."""

import shlex
import subprocess
import sys
import time
from collections.abc import Callable

from measure import SHORT, interleave, spread, tell

FIRST_STEP = """
import os, runpy, sys
sys.path.insert(0, '.')
from my_project.engine.training.supervised import Supervised
Supervised.on_train_batch_end = lambda *_: os._exit(0)
sys.argv = ['train.py', 'logger=csv']
runpy.run_path('train.py', run_name='__main__')
"""
NEEDED = "import hydra, pytorch_lightning, torchmetrics, sklearn.datasets, matplotlib.figure, tqdm, torch._dynamo"
COMMANDS = {
    "train.py --help": f"{sys.executable} train.py --help",
    "a refused key": f"{sys.executable} train.py optimizer.lrr=1",
    "an unknown option": f"{sys.executable} train.py optimizer=adamv",
    "import torch": f"{sys.executable} -c 'import torch'",
    "import pytorch_lightning": f"{sys.executable} -c 'import pytorch_lightning'",
    "the imports of a run": f"{sys.executable} -c {shlex.quote(NEEDED)}",
    "the default run to its first step": f"{sys.executable} -c {shlex.quote(FIRST_STEP)}",
}


def timed(command: str) -> Callable[[], float]:
    def way() -> float:
        started = time.perf_counter()
        subprocess.run(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - started

    return way


def main() -> None:
    commands = list(COMMANDS.items())[: 3 if SHORT else None]
    seconds = interleave({name: timed(command) for name, command in commands}, 1 if SHORT else 3)
    tell("startup", ["command", "seconds"], [[name, spread(times, 2)] for name, times in seconds.items()], seconds)


if __name__ == "__main__":
    main()
