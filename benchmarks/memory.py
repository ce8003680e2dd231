"""Memory of a training on memory-mapped samples, compared with the size of the dataset."""

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from measure import SHORT, config_of, identity, tell
from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.instantiate import build
from my_project.engine.data.cache import Cache
from my_project.engine.data.datamodule import DataModule
from my_project.engine.datasets.dataset import Dataset, SplitName
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training.factory import model_of
from torch import Tensor

COUNT = 500 if SHORT else int(os.environ.get("COUNT", "160000"))  # of 49,152 bytes each
SIDE = 128
KINDS = {Path("/sys/fs/cgroup/memory"): "memory.limit_in_bytes", Path("/sys/fs/cgroup"): "memory.max"}


class Colours(Dataset):
    """Images of one colour."""

    def definition(self) -> ImageClassification:
        return ImageClassification(("a", "b"), 3, SIDE, SIDE)

    def tokens(self, split: SplitName) -> Sequence[int]:
        return {"train": range(COUNT), "val": range(64), "test": range(64)}[split]

    def get_image(self, token: int) -> Tensor:
        return torch.full((3, SIDE, SIDE), token % 256, dtype=torch.uint8)

    def get_label(self, token: int) -> int:
        return token % 2


def anonymous() -> int:
    """Bytes of memory that no file stands for: pages that are mapped from the cache can be dropped at any time."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def train(folder: str, share: float) -> None:
    """In a process of its own: print the peak of its anonymous memory, and samples a second."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    words = ["network=mlp", "network.hidden=[16]", "callback=none", "logger=none", "trainer=cpu"]
    config = config_of(*words, "trainer.max_epochs=1", "+trainer.limit_val_batches=0")
    parts = build(config, "transformer")
    parts.pop("augment")
    data = DataModule(Colours(), identity, cache_key=lambda _: {}, cache=Cache(folder, memory=share))
    data.setup("fit")
    pipeline = Pipeline(data.definition, build(config, "network"), **parts)
    trainer = build(config, "trainer", logger=[], callbacks=[])
    peak, done = [anonymous()], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peak[0] = max(peak[0], anonymous())

    watcher = threading.Thread(target=watch, daemon=True)  # an error ends it too
    watcher.start()
    pipeline.fit(data.splits["train"].input)
    started = time.perf_counter()
    trainer.fit(model_of(config, pipeline), data)
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    print(json.dumps({"peak": peak[0], "rate": COUNT / seconds}))


def control_group(limit: int) -> Path | None:
    """A control group whose processes get `limit` bytes, the cache of the file system included; None without the right
    to make one.
    """
    for base, name in KINDS.items():
        folder = base / "benchmark"
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(str(limit))
            return folder
    return None


def main() -> None:
    size = COUNT * 3 * SIDE * SIDE
    group = control_group(max(size // 5, 1500 * 2**20))
    found, rows = {}, []
    with tempfile.TemporaryDirectory() as folder:
        data = DataModule(Colours(), identity, cache_key=lambda _: {}, cache=Cache(folder, memory=0), num_workers=2)
        data.setup("fit")
        ways = {"in files": "0", "in files, memory limited to a fifth": "0", "in memory": "1"}
        for name, share in list(ways.items())[: 1 if SHORT else None]:
            limited = "limited" in name
            if limited and group is None:
                continue
            enter = f"echo $$ > {group}/cgroup.procs && " if limited else ""
            command = f"{enter}exec {sys.executable} {__file__} {folder} {share}"
            answer = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=True)
            told = found[name] = json.loads(answer.stdout.splitlines()[-1])
            gib = told["peak"] / 2**30
            rows.append(
                [name, f"{size / 2**30:.2f}", f"{gib:.2f}", f"{size / told['peak']:.1f}", f"{told['rate']:,.0f}"]
            )
    if group is not None:
        group.rmdir()
    tell("memory", ["samples", "set, GiB", "peak of anonymous memory, GiB", "set / peak", "samples/s"], rows, found)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(sys.argv[1], float(sys.argv[2]))
    else:
        main()
