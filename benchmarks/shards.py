"""An epoch of LeNet whose samples are in memory, in memory-mapped files, and in shards."""

import os
import tempfile
import time
from typing import Any

import torch
from measure import SHORT, config_of, interleave, ratio, spread, tell
from my_project.engine.data.shard_writer import ShardWriter
from my_project.engine.training.factory import data_and_pipeline
from step import data_words
from torch.nn.functional import cross_entropy

LIMIT = "data.limit_samples=128" if SHORT else "data.limit_samples=null"
MIB = 0.01 if SHORT or not os.environ.get("DATA") else 4


class Epochs:
    """Seconds of an epoch, each with an order of its own; `train=False`: of its batches alone."""

    def __init__(self, words: list[str], train: bool) -> None:
        self.data, self.pipeline = data_and_pipeline(config_of("network=lenet", *words))
        self.data.setup("fit")
        self.pipeline.fit(self.data.splits["train"].input)
        self.optimizer = torch.optim.AdamW(self.pipeline.network.parameters(), lr=1e-3)
        self.train, self.epoch = train, 0

    def __call__(self) -> float:
        loader = self.data.train_dataloader()
        loader.sampler.set_epoch(self.epoch)
        self.epoch += 1
        started = time.perf_counter()
        for batch in loader:
            if self.train:
                self.step(batch)
        return time.perf_counter() - started

    def step(self, batch: Any) -> None:
        self.optimizer.zero_grad()
        cross_entropy(self.pipeline(batch.input)[0], batch.target.label).backward()
        self.optimizer.step()


def main() -> None:
    own = [*data_words(), LIMIT]
    with tempfile.TemporaryDirectory() as folder:
        shards = f"{folder}/shards"
        count = ShardWriter(*data_and_pipeline(config_of(*own)), shards, MIB).write()
        cached = ["data/cache=disk", f"data.cache.dir={folder}/cache", "data.cache.memory=0"]
        streamed = ["dataset=streaming", f"dataset.dir={shards}"]
        words = {
            "in memory": own,
            "memory-mapped": [*own, *cached],
            f"{count} shards, 8 at a time": streamed,
            f"{count} shards, 2 at a time": [*streamed, "dataset.window=2"],
        }
        rows, found = [], {}
        for what, train in (("training", True), ("batches alone", False)):
            seconds = found[what] = interleave({name: Epochs(each, train) for name, each in words.items()})
            for name in words:
                rows.append([what, name, spread(seconds[name]), f"{ratio(seconds, name, 'memory-mapped'):.2f}"])
    tell("shards", ["epoch", "samples", "seconds", "x memory-mapped"], rows, found)


if __name__ == "__main__":
    main()
