"""Folders of JPEG images to 224 x 224, small and large: torchvision's ImageFolder, and a new project's data path."""

import os
import statistics
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from measure import SHORT, config_of, interleave, ratio, spread, tell
from my_project.engine.training.factory import data_and_pipeline
from numpy.random import Generator
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

SMALL, LARGE = (60, 12) if SHORT else (int(os.environ.get("COUNT", "10000")), 300)
ROUNDS = 1 if SHORT else int(os.environ.get("ROUNDS", "3"))
SIDE, BATCH, WORKERS = 224, 64, 2
SCENE = 3600  # pixels: the large images are parts of a square picture


def small(draws: Generator) -> Image.Image:
    """160 to 500 pixels; a coarse pattern, as smooth as a photo."""
    coarse = Image.fromarray(draws.integers(0, 256, (12, 12, 3), dtype=np.uint8))
    return coarse.resize(tuple(draws.integers(160, 500, 2).tolist()), Image.Resampling.BICUBIC)


def large(draws: Generator) -> Image.Image:
    """2 to 8 megapixels of 4 to 3, upright or not; a part of one large picture, a fifth of a byte a pixel as a file."""
    short = round((draws.uniform(2e6, 8e6) * 3 / 4) ** 0.5)
    width, height = draws.permutation([short, short * 4 // 3]).tolist()
    left, top = draws.integers(0, [SCENE - width, SCENE - height]).tolist()
    return scene().crop((left, top, left + width, top + height))


@cache
def scene() -> Image.Image:
    """Areas, edges and texture, and the noise of a camera."""
    draws = np.random.default_rng(1)
    pixels = np.full((SCENE, SCENE, 3), 128, np.float32)
    for cells, contrast in {12: 70, 60: 30, 300: 15}.items():
        coarse = Image.fromarray(draws.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((SCENE, SCENE), Image.Resampling.BICUBIC), dtype=np.float32)
        pixels += contrast / 128 * (smooth - 128)
    pixels += draws.integers(-8, 9, pixels.shape, dtype=np.int8)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


SETS = {"small": (SMALL, small), "large": (LARGE, large)}


def draw(folder: Path, name: str) -> None:
    """Images in ten classes."""
    draws = np.random.default_rng(0)
    count, image = SETS[name]
    for place in range(count + 2):  # the test split is read as well, and not by ImageFolder
        split = "train" if place < count else "test"
        path = folder / split / f"class_{place % 10}" / f"{place}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        image(draws).save(path, quality=90)


def epoch(loader: Any) -> float:
    started = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - started


def measured(folder: Path) -> dict[str, list[float]]:
    """Seconds of each way to serve the images in a folder."""
    steps = [v2.Resize(SIDE, antialias=True), v2.CenterCrop(SIDE), v2.PILToTensor()]
    plain = ImageFolder(str(folder / "train"), v2.Compose(steps))
    words = ["dataset=image_folder", f"dataset.root={folder}", f"dataset.size={SIDE}", "data/cache=disk"]
    words += [
        f"data.cache.dir={folder / 'cache'}",
        f"data.num_workers={WORKERS}",
        f"data.batch_size={BATCH}",
        "data.split.val_fraction=0.01",
    ]
    served: dict[str, Any] = {}

    def first() -> float:
        started = time.perf_counter()
        served["data"], _ = data_and_pipeline(config_of(*words, "data.cache.rebuild=true"))
        served["data"].setup("fit")
        return time.perf_counter() - started + epoch(served["data"].train_dataloader())

    return interleave(
        {
            "ImageFolder, every epoch": lambda: epoch(DataLoader(plain, BATCH, shuffle=True, num_workers=WORKERS)),
            "project, first epoch": first,
            "project, later epochs": lambda: epoch(served["data"].train_dataloader()),
        },
        ROUNDS,
    )


def main() -> None:
    rows, seconds = [], {}
    for name, (count, _) in SETS.items():
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder), name)
            seconds[name] = measured(Path(folder))
        for way, times in seconds[name].items():
            images = f"{count:,} of {'160 to 500 pixels' if name == 'small' else '2 to 8 megapixels'}"
            times_as_fast = ratio(seconds[name], "ImageFolder, every epoch", way)
            rows.append(
                [images, way, spread(times, 2), f"{count / statistics.median(times):,.0f}", f"{times_as_fast:.1f}"]
            )
    tell("images", ["JPEG images", f"{WORKERS} workers", "seconds", "images/s", "times as fast"], rows, seconds)


if __name__ == "__main__":
    main()
