"""How long a command takes to its output, to its first step and to its end, next to the imports that it needs.

Wall time; and CPU time with its ratio to `import torch` in the same turn, which other work on the machine changes less.
Without byte code (PYTHONDONTWRITEBYTECODE=1) every import compiles its source, which doubles all rows: it is kept.
"""

import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from measure import SHORT, interleave, ratio, spread, tell
from PIL import Image

# Changes Lightning's module after train.py has imported it: to import it earlier would change what is measured.
HOOKED = """
import os, runpy, sys, time
sys.path.insert(0, '.')

class Hook:
    def find_spec(self, name, path, target=None):
        if name == 'my_project.engine.training.contract':
            sys.meta_path.remove(self)
            from my_project.engine.training.supervised import Supervised
            Supervised.on_train_batch_end = batch_end

sys.meta_path.insert(0, Hook())
sys.argv = ['train.py', 'logger=csv']
"""
FIRST = f"{HOOKED}batch_end = lambda *_: os._exit(0)\nrunpy.run_path('train.py', run_name='__main__')"
LAST = f"""{HOOKED}
ended = []

def batch_end(*_):
    ended[:] = time.perf_counter(), sum(os.times()[:4])  # of this process and of those that it has waited for

runpy.run_path('train.py', run_name='__main__')
print('\\n', *ended)
"""
NEEDED = "import hydra, pytorch_lightning, torchmetrics, matplotlib.figure, polars, tqdm"
TORCH, TAIL = "import torch", "the default run, last step to end"
TURNS = 1 if SHORT else int(os.environ.get("ROUNDS", "5"))


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def script(words: str) -> list[str]:
    return [sys.executable, *shlex.split(words)]


class Timed:
    """Runs a command: its seconds, and those of the CPU in `cpu`; of a `tail`, from the time that it prints."""

    def __init__(self, command: list[str], tail: bool = False) -> None:
        self.command, self.tail, self.cpu = command, tail, list[float]()

    def __call__(self) -> float:
        used, started = cpu_of_children(), time.perf_counter()
        output = subprocess.run(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        if self.tail:  # Linux has one perf_counter for all processes
            started, before = map(float, output.splitlines()[-1].split())
            used += before
        seconds = time.perf_counter() - started
        self.cpu.append(cpu_of_children() - used)
        return seconds


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quick() -> dict[str, Timed]:
    return {
        "train.py --help": Timed(script("train.py --help")),
        "a refused key": Timed(script("train.py optimizer.lrr=1")),
        "an unknown option": Timed(script("train.py optimizer=adamv")),
    }


def slow(folder: Path) -> dict[str, Timed]:
    """Commands with torch; predict.py gets a run of one epoch and ten images."""
    run, inputs = folder / "run", folder / "inputs"
    inputs.mkdir()
    for number in range(10):
        Image.fromarray(np.full((8, 8), 25 * number, np.uint8)).save(inputs / f"{number}.png")
    train = script(f"train.py trainer.max_epochs=1 logger=csv report=false hydra.run.dir={run}")
    subprocess.run(train, capture_output=True, check=True)
    return {
        TORCH: Timed(python(TORCH)),
        "import pytorch_lightning": Timed(python("import pytorch_lightning")),
        "the imports of a run": Timed(python(NEEDED)),
        "import Predictor": Timed(python("from my_project.engine.inference.predictor import Predictor")),
        "predict.py, ten files": Timed(script(f"predict.py run={run} inputs={inputs}")),
        "the default run, command to first step": Timed(python(FIRST)),
        TAIL: Timed(python(LAST), tail=True),
    }


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        ways = quick() | ({} if SHORT else slow(Path(folder)))
        seconds = interleave(ways, TURNS)
    cpu = {name: way.cpu[-TURNS:] for name, way in ways.items()}  # without the turn that warms up
    shares = {name: f"{ratio(cpu, name, TORCH):.2f}" if TORCH in cpu else "" for name in ways}
    rows = [[name, spread(seconds[name], 2), spread(cpu[name], 2), shares[name]] for name in ways]
    tell("startup", ["command", "seconds", "CPU seconds", "x import torch"], rows, {"wall": seconds, "cpu": cpu})


if __name__ == "__main__":
    main()
