"""A folder of JPEG images of mixed sizes to 224 x 224: torchvision's ImageFolder, and a new project's data path."""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import SHORT, config_of, interleave, ratio, spread, tell
from my_project.engine.training.factory import data_and_pipeline
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

COUNT, ROUNDS = (60, 1) if SHORT else (int(os.environ.get("COUNT", "10000")), 2)
SIDE, BATCH, WORKERS = 224, 64, 2


def draw(folder: Path) -> None:
    """Images of 160 to 500 pixels in ten classes; each is a coarse pattern, as smooth as a photo."""
    draws = np.random.default_rng(0)
    for place in range(COUNT + 20):
        split = "train" if place < COUNT else "test"
        path = folder / split / f"class_{place % 10}" / f"{place}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(draws.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        coarse.resize(tuple(draws.integers(160, 500, 2).tolist()), Image.Resampling.BICUBIC).save(path, quality=90)


def epoch(loader: Any) -> float:
    started = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(folder / "data")
        steps = [v2.Resize(SIDE, antialias=True), v2.CenterCrop(SIDE), v2.PILToTensor()]
        plain = ImageFolder(str(folder / "data" / "train"), v2.Compose(steps))
        words = ["dataset=image_folder", f"dataset.root={folder / 'data'}", f"dataset.size={SIDE}", "data/cache=disk"]
        words += [
            f"data.cache.dir={folder / 'cache'}",
            f"data.num_workers={WORKERS}",
            f"data.batch_size={BATCH}",
            "data.split.val_fraction=0.001",
        ]
        served: dict[str, Any] = {}

        def first() -> float:
            started = time.perf_counter()
            served["data"], _ = data_and_pipeline(config_of(*words, "data.cache.rebuild=true"))
            served["data"].setup("fit")
            return time.perf_counter() - started + epoch(served["data"].train_dataloader())

        seconds = interleave(
            {
                "ImageFolder, every epoch": lambda: epoch(DataLoader(plain, BATCH, shuffle=True, num_workers=WORKERS)),
                "project, first epoch": first,
                "project, later epochs": lambda: epoch(served["data"].train_dataloader()),
            },
            ROUNDS,
        )
    rows = []
    for way, times in seconds.items():
        times_as_fast = ratio(seconds, "ImageFolder, every epoch", way)
        rows.append([way, spread(times, 2), f"{COUNT / statistics.median(times):,.0f}", f"{times_as_fast:.1f}"])
    tell("images", [f"{COUNT:,} JPEG images, {WORKERS} workers", "seconds", "images/s", "times as fast"], rows, seconds)


if __name__ == "__main__":
    main()
