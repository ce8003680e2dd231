"""Speed at which a data module reads and serves samples."""

import statistics
import time

from ..data.datamodule import DataModule


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
