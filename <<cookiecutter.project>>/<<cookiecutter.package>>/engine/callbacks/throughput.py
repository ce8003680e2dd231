"""Speed of a run, and its load of the machine."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import torch
from annotated_types import Interval
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities.types import STEP_OUTPUT
from torch import Tensor

from ..checkpoints.checkpoint_io import CheckpointFile
from ..core.plain import PlainData
from ..data.loader import Loader
from ..definitions.definition import Batch
from .stopwatch import Stopwatch

log = logging.getLogger(__name__)
BUSY = 2.0  # load of the machine for each core
INTERVAL = 0.5  # seconds between two reads of the GPU load, which the driver averages over up to 1 s


class Throughput(Callback):
    """Log speed and load of the training once an epoch, and the time of each part at its end.

    Each epoch, without validation: `samples_per_second`; `data_wait`, the share of time spent waiting for data;
    `cpu_load`, the number of busy cores of this process; on a GPU `gpu_load`, the share of time spent computing, and
    `gpu_memory`, the peak so far in GiB. If `data_wait` is above `most_wait`, one warning advises how to reduce it.

    At the end, in seconds: `time/forward`, `time/backward`, `time/optimizer`, `time/data`, `time/validation`,
    `time/checkpoint` and `time/total`. A resumed run adds to the times of its checkpoint.
    """

    def __init__(self, most_wait: Annotated[float, Interval(ge=0, le=1)] = 0.1) -> None:
        self.most_wait, self.warned, self.load_said = most_wait, False, False
        self.watch, self.began, self.validation_began = Stopwatch(), 0.0, 0.0
        self.before: dict[str, float] = {}
        self.outside: Callable[[], dict[str, float]] = dict
        self._start(0.0)

    def _start(self, waited: float) -> None:
        self.waited = self.waited_before = waited
        self.samples, self.seconds, self.cpu_seconds = 0, 0.0, 0.0
        self.started, self.cpu_started = time.perf_counter(), time.process_time()
        self.gpu_read, self.gpu_loads = self.started, list[float]()

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.watch, self.began = Stopwatch(), time.perf_counter()
        saving = trainer.strategy.checkpoint_io
        saved = saving.seconds if isinstance(saving, CheckpointFile) else 0.0

        def outside() -> dict[str, float]:
            """Seconds measured by other parts of the training."""
            saves = saving.seconds - saved if isinstance(saving, CheckpointFile) else 0.0
            return {"data": _waited(trainer), "checkpoint": saves, "total": time.perf_counter() - self.began}

        self.outside = outside

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start(_waited(trainer))  # a run that is resumed within an epoch does not start one

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Batch, batch_idx: int) -> None:
        self.watch.begin(pl_module.device)

    def on_before_backward(self, trainer: Trainer, pl_module: LightningModule, loss: Tensor) -> None:
        self.watch.lap("forward")

    def on_after_backward(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.watch.lap("backward")

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.validation_began = time.perf_counter()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.watch.add("validation", time.perf_counter() - self.validation_began)

    def times(self) -> dict[str, float]:
        """Seconds of each part so far."""
        now = self.watch.totals() | self.outside()
        return {part: now.get(part, 0.0) + self.before.get(part, 0.0) for part in [*now, *set(self.before) - set(now)]}

    def state_dict(self) -> PlainData:
        return {"times": self.times()}

    def load_state_dict(self, state_dict: PlainData) -> None:
        self.before = state_dict["times"]

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for logger in trainer.loggers:
            logger.log_metrics({f"time/{part}": seconds for part, seconds in self.times().items()}, trainer.global_step)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start(_waited(trainer))

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: STEP_OUTPUT, batch: Batch, batch_idx: int
    ) -> None:
        self.watch.lap("optimizer")
        self.samples += len(batch.id) * trainer.world_size  # every process has a part of the batch
        now, self.waited = time.perf_counter(), _waited(trainer)
        self.seconds, self.cpu_seconds = now - self.started, time.process_time() - self.cpu_started
        last = trainer.is_last_batch
        if pl_module.device.type == "cuda" and (now - self.gpu_read > INTERVAL or (last and not self.gpu_loads)):
            with suppress(Exception):  # not available for a part of a GPU (MIG) and with some drivers
                self.gpu_loads.append(torch.cuda.utilization(pl_module.device) / 100)
            self.gpu_read = now

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        seconds = max(self.seconds, 1e-9)
        wait = (self.waited - self.waited_before) / seconds
        pl_module.log_dict(
            {"samples_per_second": self.samples / seconds, "data_wait": wait, "cpu_load": self.cpu_seconds / seconds}
        )
        self._warn_of_load()
        loader = trainer.train_dataloader
        if isinstance(loader, Loader) and wait > self.most_wait and not self.warned:
            self.warned = True
            log.warning("Training waits for data, %.0f %% of the time: %s.", 100 * wait, loader.advice())
        if self.gpu_loads:
            pl_module.log("gpu_load", sum(self.gpu_loads) / len(self.gpu_loads))
        if pl_module.device.type == "cuda":
            pl_module.log("gpu_memory", torch.cuda.max_memory_allocated() / 2**30)

    def _warn_of_load(self) -> None:
        """Say once that other processes use the cores too: threads that wait for each other are many times slower."""
        load, cores = os.getloadavg()[0], _cores()
        if not self.load_said and load > BUSY * cores and torch.get_num_threads() > 1:
            log.warning(
                "The load of this machine is %.0f on %d cores: other processes slow this one down, and its %d threads "
                "wait for each other; OMP_NUM_THREADS=1 may help.", load, cores, torch.get_num_threads(),
            )  # fmt: skip
        self.load_said = True


def _cores() -> int:
    """Cores that this process may use; all of the machine where the system does not tell."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _waited(trainer: Trainer) -> float:
    loader = trainer.train_dataloader
    return loader.waited if isinstance(loader, Loader) else 0.0
