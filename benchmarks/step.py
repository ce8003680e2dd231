"""Time of a training step of a new project and of a plain PyTorch loop; of a bare project and of Lightning's Trainer.

Run by `make bench` in a baked project, with its folder and its tests on the path; on MNIST where DATA has it.
"""

import gzip
import logging
import os
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from measure import ROOT, SHORT, config_of, interleave, ratio, spread, tell
from my_project.engine.core.instantiate import build
from my_project.engine.training.factory import data_and_pipeline, model_of
from torch.nn.functional import cross_entropy
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

LIMIT = 128 if SHORT else 12800
NETS = {
    "dense, batch 128": ["network=mlp", "network.hidden=[128]", "data.batch_size=128"],
    "tiny_vgg, batch 32": ["network=tiny_vgg", "data.batch_size=32"],
    "tfaip's net, batch 16": ["network=cnn", "data.batch_size=16"],
}
BARE = ["callback=none", "logger=none"]
WAYS = {
    "full": ["logger=csv"],
    "full, no bar": ["logger=csv", "~callback.progress"],
    "bare": BARE,
}


def data_words() -> list[str]:
    if not os.environ.get("DATA"):
        return ["dataset=digits", f"data.limit_samples={LIMIT}"]
    folder = ROOT / "build" / "bench" / "data"
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for path in Path(os.environ["DATA"]).glob("MNIST/raw/*.gz"):
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return ["dataset=mnist", f"dataset.root={folder}", f"data.limit_samples={LIMIT}"]


class Watch(lightning.Callback):
    """The time from the first batch to the end of the last, without validation and checkpoint."""

    def on_train_epoch_start(self, *_: Any) -> None:
        self.started = time.perf_counter()

    def on_train_batch_end(self, *_: Any) -> None:
        self.ended = time.perf_counter()

    @property
    def seconds(self) -> float:
        return self.ended - self.started


class Floor:
    """The plain loop: a set in memory, one indexing operation a batch."""

    def __init__(self, words: list[str], channels_last: bool = False) -> None:
        config = config_of(*words)
        self.data, self.pipeline = data_and_pipeline(config)
        self.data.setup("fit")
        self.pipeline.fit(self.data.splits["train"].input)
        self.optimizer = torch.optim.AdamW(self.pipeline.network.parameters(), lr=1e-3)
        self.size = config["data"]["batch_size"]
        if channels_last:
            self.pipeline.network.to(memory_format=torch.channels_last)

    def loss(self, places: torch.Tensor) -> torch.Tensor:
        train, before = self.data.splits["train"], self.pipeline.preprocess
        images = (train.input.image[places].float() - before.mean[:, None, None]) / before.std[:, None, None]
        return cross_entropy(self.pipeline.network(images), train.target.label[places])

    def __call__(self) -> float:
        started = time.perf_counter()
        order = torch.randperm(len(self.data.splits["train"].id))
        for start in range(0, len(order), self.size):
            self.optimizer.zero_grad()
            self.loss(order[start : start + self.size]).backward()
            self.optimizer.step()
        return time.perf_counter() - started


class PlainModule(lightning.LightningModule):
    """The same for Lightning's Trainer."""

    def __init__(self, floor: Floor) -> None:
        super().__init__()
        self.network = floor.pipeline.network
        self.floor = [floor]  # in a list, so that it is no part of the module

    def training_step(self, batch: torch.Tensor) -> torch.Tensor:
        return self.floor[0].loss(batch)

    def configure_optimizers(self) -> Any:
        return self.floor[0].optimizer

    def train_dataloader(self) -> Any:
        count = range(len(self.floor[0].data.splits["train"].id))
        batches = BatchSampler(RandomSampler(count), self.floor[0].size, drop_last=False)
        return DataLoader(Places(), batch_size=None, sampler=batches)


class Places(torch.utils.data.Dataset[torch.Tensor]):
    def __getitem__(self, places: list[int]) -> torch.Tensor:
        return torch.tensor(places)


def plain_lightning(words: list[str]) -> Any:
    module = PlainModule(Floor(words))

    def way() -> float:
        watch = Watch()
        lightning.Trainer(
            max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, callbacks=[watch],
        ).fit(module)  # fmt: skip
        return watch.seconds

    return way


def project(words: list[str]) -> Any:
    config = config_of(*words, "trainer=cpu", "trainer.max_epochs=1")
    config["callback"].pop("pictures", None)  # they are drawn before and after the training
    data, pipeline = data_and_pipeline(config)
    data.setup("fit")
    pipeline.fit(data.splits["train"].input)

    def way() -> float:
        watch = Watch()
        with tempfile.TemporaryDirectory() as folder:
            for part in [*config["callback"].values(), *config["logger"].values()]:
                part.update({key: folder for key in ("dirpath", "save_dir") if key in part})
            config["trainer"]["default_root_dir"] = folder
            loggers, callbacks = build(config, "logger"), build(config, "callback")
            callbacks = [*callbacks.values(), watch]
            trainer = build(config, "trainer", logger=list(loggers.values()), callbacks=callbacks)
            trainer.fit(model_of(config, pipeline), data)
        return watch.seconds

    return way


def main() -> None:
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    words, rows, found = data_words(), [], {}
    for name, net in NETS.items():
        net = [*words, *net]
        ways = {"floor": Floor(net), **{way: project([*net, *more]) for way, more in WAYS.items()}}
        ways |= {"Trainer": plain_lightning(net)}
        if "tiny_vgg" in name:
            ways |= {"floor, channels_last": Floor(net, channels_last=True)}
        seconds = interleave(ways)
        steps = len(ways["floor"].data.train_dataloader())
        for way, times in seconds.items():
            added = (statistics.median(times) - statistics.median(seconds["floor"])) / steps * 1e6
            rows.append([name, way, spread(times), f"{ratio(seconds, way, 'floor'):.2f}", f"{added:.0f}"])
        found[name] = seconds
        for cells in rows[-len(ways) :]:
            print(f"{cells[0]:24}{cells[1]:24}{cells[2]:28}{cells[3]:>6}{cells[4]:>8}")
        print(f"bare / Trainer: {ratio(seconds, 'bare', 'Trainer'):.2f}", flush=True)
    tell("step", ["net", "way", "seconds an epoch", "x floor", "µs a step added"], rows, found)


if __name__ == "__main__":
    main()
