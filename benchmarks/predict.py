"""Answers to a folder of JPEG images: predict.py's stream, and a plain PyTorch loop over the same files."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import SHORT, config_of, interleave, ratio, spread, tell
from my_project.engine.inference.inputs import inputs_of
from my_project.engine.inference.predict_files import tables, write
from my_project.engine.inference.predictor import Predictor
from my_project.engine.training.factory import data_and_pipeline
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

COUNT, ROUNDS = (40, 1) if SHORT else (4000, 5)
BATCH, WORKERS = 64, 2


def draw(folder: Path) -> None:
    """Gray images of 28 to 90 pixels."""
    draws = np.random.default_rng(0)
    for place in range(COUNT):
        coarse = Image.fromarray(draws.integers(0, 256, (7, 7), dtype=np.uint8))
        coarse.resize(tuple(draws.integers(28, 90, 2).tolist()), Image.Resampling.BICUBIC).save(folder / f"{place}.jpg")


class Images(Dataset[Any]):
    """What a person would write."""

    def __init__(self, folder: Path, side: int) -> None:
        self.paths = sorted(folder.iterdir())
        self.transform = v2.Compose([v2.Resize(side, antialias=True), v2.CenterCrop(side), v2.PILToTensor()])

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Any:
        return self.transform(Image.open(self.paths[index]).convert("L"))


def main() -> None:
    config = config_of("network=tiny_vgg")
    _, pipeline = data_and_pipeline(config)
    predictor = Predictor({"net": pipeline.eval()})
    with tempfile.TemporaryDirectory() as name:
        folder, output = Path(name) / "images", Path(name) / "out.csv"
        folder.mkdir()
        draw(folder)

        def plain() -> float:
            started = time.perf_counter()
            loader = DataLoader(Images(folder, pipeline.definition.height), BATCH, num_workers=WORKERS)
            found = []
            with torch.inference_mode():
                for batch in loader:
                    scores = pipeline.network(pipeline.preprocess(pipeline.definition.Input(batch)).image)
                    found.append(scores.softmax(1).max(1))
            assert sum(len(part.indices) for part in found) == COUNT
            return time.perf_counter() - started

        def ours() -> float:
            started = time.perf_counter()
            with inputs_of(str(folder), predictor.extensions) as files:
                assert not write(tables(predictor, files, 3, BATCH, WORKERS), output, "csv")
            return time.perf_counter() - started

        seconds = interleave({"plain PyTorch loop": plain, "predict.py": ours}, ROUNDS)
    table = []
    for way, times in seconds.items():
        rate, times_plain = COUNT / statistics.median(times), ratio(seconds, way, "plain PyTorch loop")
        table.append([way, spread(times, 2), f"{rate:,.0f}", f"{times_plain:.2f}"])
    tell("predict", [f"{COUNT:,} JPEG images, {WORKERS} workers", "seconds", "images/s", "x plain"], table, seconds)


if __name__ == "__main__":
    main()
