"""What a task that is slow for each sample costs: in a plain DataLoader, and in a new project's data path."""

import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from measure import SHORT, identity, interleave, ratio, spread, tell
from my_project.definitions.image_classification import ImageClassification
from my_project.engine.data.cache import Cache
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.options import DataOptions
from my_project.engine.datasets.dataset import Dataset, SplitName
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

COUNT, ROUNDS, WORKERS = (64, 1, (1, 2)) if SHORT else (1024, 2, (1, 2, 4, 6))
BATCH = 32


def pure_python(number: int) -> int:
    """Some 5 ms of plain Python."""
    for _ in range(60_000):
        number = (number * 1103515245 + 12345) % 2147483648
    return number


def numpy_sort(number: int) -> int:
    """Some 5 ms of NumPy."""
    values = np.random.default_rng(number).random(400_000)
    return int(np.sort(values)[number % 400_000] * 2147483648)


TASKS: dict[str, Callable[[int], int]] = {"pure Python": pure_python, "NumPy": numpy_sort}


class Slow(Dataset):
    """Images of one value, which a task finds."""

    def __init__(self, task: Callable[[int], int]) -> None:
        super().__init__()
        self.task = task

    def definition(self) -> ImageClassification:
        return ImageClassification(("small", "large"), 1, 8, 8)

    def tokens(self, split: SplitName) -> Sequence[int]:
        return {"train": range(COUNT), "val": range(2), "test": range(2)}[split]

    def get_image(self, token: int) -> Tensor:
        return torch.full((1, 8, 8), self.task(token) % 256, dtype=torch.uint8)

    def get_label(self, token: int) -> int:
        return token % 2


class Plain(TorchDataset[Any]):
    """The same for a plain DataLoader."""

    def __init__(self, source: Slow) -> None:
        self.source = source

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> Any:
        return self.source.get_image(index), self.source.get_label(index)


def epoch(loader: Any) -> float:
    started = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - started


def served(source: Slow, workers: int, folder: str) -> DataModule:
    options = DataOptions(num_workers=workers, batch_size=BATCH, cache=Cache(folder))
    data = DataModule(source, identity, options, cache_key=lambda _: {})
    data.setup("fit")
    return data


def ways(source: Slow, expected: Tensor) -> dict[str, Callable[[], float]]:
    made: dict[str, Callable[[], float]] = {}
    for workers in WORKERS:

        def plain(workers: int = workers) -> float:
            return epoch(DataLoader(Plain(source), BATCH, shuffle=True, num_workers=workers))

        def first(workers: int = workers) -> float:
            with tempfile.TemporaryDirectory() as folder:
                started = time.perf_counter()
                data = served(source, workers, folder)
                epoch(data.train_dataloader())
                seconds = time.perf_counter() - started
                assert torch.equal(data.splits["train"].input.image, expected), "the order was not kept"
            return seconds

        made |= {f"plain, {workers}": plain, f"first, {workers}": first}
    folder = tempfile.mkdtemp()
    data = served(source, 2, folder)
    return made | {"later": lambda: epoch(data.train_dataloader())}


def main() -> None:
    rows, found = [], {}
    for name, task in TASKS.items():
        source = Slow(task)
        expected = torch.stack([source.get_image(token) for token in range(COUNT)])
        seconds = found[name] = interleave(ways(source, expected), ROUNDS)
        for workers in WORKERS:
            plain, first = f"plain, {workers}", f"first, {workers}"
            cells = [spread(seconds[plain], 2), spread(seconds[first], 2), spread(seconds["later"], 4)]
            cells += [f"{ratio(seconds, plain, 'later'):.0f}", f"{ratio(seconds, 'first, 1', first):.2f}"]
            rows.append([name, workers, *cells])
    head = ["task", "workers", "plain DataLoader, s", "first epoch, s", "later epoch, s", "plain / later"]
    tell("pipeline", [*head, "first: 1 worker / these"], rows, found)


if __name__ == "__main__":
    main()
