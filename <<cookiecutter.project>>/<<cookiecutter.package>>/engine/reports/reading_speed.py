"""Speed at which a data module reads and serves samples."""

import statistics
import time
from pathlib import Path

from ..core.plain import Config
from ..data.datamodule import DataModule
from ..training.factory import data_and_pipeline
from .console import show_tables

WORKERS = (0, 2, 4)  # processes that read


def compare_workers(config: Config, path: Path) -> None:
    """Print, and write to a CSV file, the speed of the data of a training config with different numbers of workers."""
    head = ["workers", "first epoch: samples/s", "later epochs: samples/s", "seconds of the first epoch"]
    rows = [head]
    for workers in WORKERS:  # without cache, which would hide how long reading takes
        changed = {**config, "data": {**config["data"], "cache": None, "num_workers": workers}}
        data, _ = data_and_pipeline(changed)
        rows.append([str(workers), *measured(data)])
    show_tables({f"{type(data.dataset).__name__}, batches of {data.options.batch_size}": rows})
    path.write_text("\n".join(",".join(row) for row in rows) + "\n")


def measured(data: DataModule, epochs: int = 3) -> list[str]:
    """Samples a second while all splits are read, and in `epochs` later epochs (median); seconds of the first."""
    started = time.perf_counter()
    data.setup("fit")
    seconds = time.perf_counter() - started
    count = sum(len(batch.id) for batch in data.splits.values())
    loader, rates = data.train_dataloader(), []
    for epoch in range(epochs):
        loader.sampler.set_epoch(epoch)
        began, samples = time.perf_counter(), 0
        for batch in loader:
            samples += len(data.augmentation(batch).id if data.augmentation.per_sample is None else batch.id)
        rates.append(samples / (time.perf_counter() - began))
    return [f"{count / seconds:.0f}", f"{statistics.median(rates):.0f}", f"{seconds:.2f}"]
