"""How batches come to the network: from memory, from the device, from worker processes, and how long it waits."""

import os
import re
import signal
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
import torch
from project import QUICK, Train, default_dataset, identity, timed_rows, weights
from torch.utils.data import get_worker_info

from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.loader import Split
from my_project.engine.data.prepare import CHUNK, TURNS, split_indices
from my_project.engine.definitions.definition import Batch
from my_project.engine.training.supervised import Supervised
from my_project.engine.transformers.chain import Augment


class Jitter:
    """Adds noise to the first field, each sample on its own."""

    per_sample = True

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        field = batch.input[0]
        noise = [torch.randint(0, 2, row.shape, generator=generator).to(row.dtype) for row in field]
        changed = type(batch.input)(torch.stack(noise) * field, *batch.input[1:])
        return batch._replace(input=changed)


class Stops(Jitter):
    """Does something before the third batch of a worker."""

    def __init__(self, deed: Callable[[], None]) -> None:
        self.deed, self.batches = deed, 0

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        self.batches += 1
        if self.batches == 3 and get_worker_info() is not None:
            self.deed()
        return super().__call__(batch, generator)


def augment_with(augment: Augment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every data module augments with this."""
    begin = DataModule.__init__

    @wraps(begin)
    def with_augment(self: Any, dataset: Any, prepare: Any, options: Any, former: Any, *rest: Any) -> None:
        begin(self, dataset, prepare, options, augment, *rest)

    monkeypatch.setattr(DataModule, "__init__", with_augment)


@pytest.fixture
def jittered(monkeypatch: pytest.MonkeyPatch) -> None:
    augment_with(Jitter(), monkeypatch)


@pytest.mark.usefixtures("jittered")
def test_what_is_done_sample_by_sample_does_not_depend_on_the_workers(train: Train) -> None:
    here, there = train(*QUICK), train(*QUICK, "data.num_workers=2")
    assert "one sample at a time, in num_workers = 2 processes: it is slow" in (there / "train.log").read_text()
    assert all(torch.equal(value, weights(there)[name]) for name, value in weights(here).items())


def no_room() -> None:
    raise RuntimeError("unable to allocate shared memory(shm) for file </torch_1>: No space left on device (28)")


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        pytest.param(lambda: os.kill(os.getpid(), signal.SIGKILL), r"has died.* at the augmentation of", id="dies"),
        pytest.param(
            lambda: time.sleep(600),
            "has not gone on for 1 s at the augmentation of",
            id="hangs",
            marks=pytest.mark.slow,
        ),
        pytest.param(no_room, "shared memory of processes is full .*set data.num_workers=0", id="no-room"),
    ],
)
def test_a_worker_that_stops_during_the_training_ends_it_in_a_sentence(
    deed: Callable[[], None],
    said: str,
    train: Train,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    augment_with(Stops(deed), monkeypatch)
    began = time.monotonic()
    with pytest.raises(SystemExit) as stopped:
        train(*QUICK, "data.num_workers=2", "data.timeout=1")
    assert time.monotonic() - began < 60
    output = f"{stopped.value.code} {''.join(capfd.readouterr())}"
    assert re.search(said, output, re.DOTALL)
    assert "Traceback" not in output


@pytest.mark.usefixtures("jittered")
def test_what_is_done_sample_by_sample_cannot_be_done_on_the_device(train: Train) -> None:
    with pytest.raises(SystemExit, match="device_resident = true, but the augmentation is per sample: leave it false"):
        train(*QUICK, "data.device_resident=true")


def test_samples_that_live_on_the_device_train_the_same(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    step = Supervised.training_step

    def watched(self: Any, batch: Batch, index: int) -> Any:
        loader = self.trainer.train_dataloader
        found.append(loader.split.content.id.device == self.device and not loader.pin_memory)
        return step(self, batch, index)

    monkeypatch.setattr(Supervised, "training_step", watched)
    resident = train(*QUICK, "data.device_resident=true")
    assert found
    assert all(found)
    moved = train(*QUICK)
    assert all(torch.equal(value, weights(moved)[name]) for name, value in weights(resident).items())
    with pytest.raises(SystemExit, match="device_resident = true, but the samples do not fit into memory"):
        train(*QUICK, "data.device_resident=true", "data.cache.memory=0")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    get: Callable[..., Batch] = Split.__getitem__

    def slowly(self: Any, item: Any) -> Batch:
        time.sleep(0.1)
        return get(self, item)

    monkeypatch.setattr(Split, "__getitem__", slowly)


@pytest.mark.usefixtures("slow")
@pytest.mark.slow
def test_waiting_for_data_is_measured_and_said_once(train: Train) -> None:
    folder = train(*QUICK)
    said = re.findall(r"Training waits for data, (\d+) % of the time: (.*)\.", (folder / "train.log").read_text())
    assert len(said) == 1
    share, advice = said[0]
    first = next(row for row in timed_rows(folder) if row["data_wait"])
    assert float(share) == pytest.approx(100 * float(first["data_wait"]), abs=0.51)
    assert advice.startswith("raise batch_size")
    # Three batches of an epoch wait for 0.1 s each.
    seconds = 96 / float(first["samples_per_second"])
    assert 0.3 <= float(first["data_wait"]) * seconds <= seconds
    log = (train(*QUICK, "data.cache.memory=0") / "train.log").read_text()
    assert "the samples are read from files: raise the cache's memory" in log


def test_who_does_not_wait_hears_nothing(train: Train) -> None:
    folder = train(*QUICK, "callback.throughput.most_wait=1")
    assert "Training waits for data" not in (folder / "train.log").read_text()


@pytest.mark.parametrize(("count", "workers"), [(0, 2), (1, 0), (5, 2), (300, 2), (300, 7), (100_000, 2), (1000, 0)])
def test_workers_read_the_same_number_of_samples(count: int, workers: int) -> None:
    parts = split_indices(range(count), workers)
    assert [place for part in parts for place in part] == list(range(count))
    assert all(len(part) <= CHUNK for part in parts)
    shares = [sum(map(len, parts[worker::workers])) for worker in range(workers)]
    assert not shares or max(shares) - min(shares) <= max(count // (TURNS * workers), 1)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux tells which files are open")
def test_what_workers_hand_over_keeps_no_file_open() -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 60, limits[1]))
    try:
        data = DataModule(default_dataset()(), identity, num_workers=2, limit_samples=200)
        data.setup("fit")  # 32 chunks and more, of two fields and more
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(data.splits["train"].id) > 100
