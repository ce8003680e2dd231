"""Checkpoints within an epoch, by the clock, by steps, and when a run is asked to stop."""

import logging
import time
from pathlib import Path
from signal import Signals
from typing import Annotated

from annotated_types import Ge
from pytorch_lightning import Callback, LightningModule, Trainer

from ..core.plain import PlainData
from ..core.processes import first
from ..core.slurm import job_id, requeue
from ..core.stop import Stop, TimeLimitError
from ..core.stop_signals import StopSignals
from ..data.loader import Loader
from ..loggers.csv_logger import CSVLogger
from ..training.epoch_state import add_epoch_state, first_logged_step, restore_epoch_state, surroundings
from ..training.supervised import Supervised

log = logging.getLogger(__name__)
AGREED = 8  # batches between two agreements of several processes


class IntervalCheckpoint(Callback):
    """Save `path` between two batches, after `every_n_minutes` minutes or `every_n_steps` steps (0: never).

    SIGTERM, the first Ctrl-C and the Trainer's `max_time` save too, and the run stops; so does SIGUSR1 in a job of
    SLURM, which is then put back into the queue. The run that is resumed ends as if it had not been interrupted: the
    metrics of the epoch are saved too. With gradient accumulation a run is saved after whole groups of batches. A model
    with steps of its own is saved at the end of epochs only; `max_time` stops it too.
    """

    saves_at_limit = True
    """The Trainer leaves its `max_time` to this callback."""

    def __init__(
        self, path: str, every_n_minutes: Annotated[float, Ge(0)] = 10, every_n_steps: Annotated[int, Ge(0)] = 0
    ) -> None:
        self.path, self.every_n_minutes, self.every_n_steps = Path(path), every_n_minutes, every_n_steps
        self.signals = StopSignals()
        self.restored: PlainData | None = None
        self.is_saving = self.saves = False
        self.began = self.saved = 0.0
        self.saved_step = self.batches = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        loader = trainer.train_dataloader
        self.began = self.saved = time.monotonic()
        self.saved_step = trainer.global_step
        if not isinstance(loader, Loader):
            return
        loader.between_batches = lambda batches: self._between(trainer, batches)
        self.saves = isinstance(pl_module, Supervised)
        if not isinstance(pl_module, Supervised):
            return
        self.signals.listen()
        if self.restored is not None:
            restore_epoch_state(self.restored, trainer, pl_module)
            # Lightning restores it only if nothing has asked for the number of steps before.
            loader.load_state_dict({"batches": self.restored["batches"]})
            self.restored = None

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.saved, self.saved_step = time.monotonic(), trainer.global_step  # another callback saves now

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self.signals.restore()
        received, self.signals.received = self.signals.received, None
        if received is not None and stage == "fit":  # it came after the last batch: the last epoch has been saved
            self._stop(received)

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self.signals.restore()

    def _between(self, trainer: Trainer, batches: int) -> None:
        if batches % trainer.accumulate_grad_batches:
            return
        signalled, over = self.signals.received is not None, _time_is_over(trainer, self.began)
        reasons = [signalled, over, self._is_due(trainer)]
        if trainer.world_size > 1:
            if batches % AGREED:
                return
            reasons = [trainer.strategy.reduce_boolean_decision(each, all=False) for each in reasons]
        if any(reasons) and self.saves and batches > 0:  # else the end of the epoch before has been saved
            self._save(trainer, batches)
        signalled, over, _ = reasons
        if signalled:
            received, self.signals.received = self.signals.received, None
            self._stop(received or Signals.SIGTERM)  # another process got the signal
        if over:
            raise TimeLimitError

    def _is_due(self, trainer: Trainer) -> bool:
        steps = trainer.global_step - self.saved_step
        if self.every_n_steps and steps >= self.every_n_steps:
            return True
        return bool(self.every_n_minutes) and time.monotonic() - self.saved >= 60 * self.every_n_minutes

    def _save(self, trainer: Trainer, batches: int) -> None:
        for logger in trainer.loggers:  # rows up to the checkpoint must not be lost
            logger.save()
        self.is_saving, self.batches = True, batches
        try:
            trainer.save_checkpoint(self.path)
        finally:
            self.is_saving = False
        self.saved, self.saved_step = time.monotonic(), trainer.global_step

    def _stop(self, received: Signals) -> None:
        if received == Signals.SIGUSR1 and (job := job_id()) is not None and first():
            requeue(job)
            log.warning("The job %s is back in the queue of SLURM.", job)
        raise Stop(received)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: PlainData) -> None:
        checkpoint["surroundings"] = surroundings(trainer)
        if self.is_saving and isinstance(pl_module, Supervised):
            add_epoch_state(checkpoint, trainer, pl_module)
            checkpoint["mid_epoch"]["batches"] = self.batches

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: PlainData) -> None:
        if trainer.state.fn != "fit":
            return
        self.restored = checkpoint.get("mid_epoch")
        for logger in trainer.loggers:
            if isinstance(logger, CSVLogger):
                logger.resume_at(first_logged_step(checkpoint))
        before, now = checkpoint.get("surroundings", {}), surroundings(trainer)
        changed = [f"{name} {before[name]}, now {now[name]}" for name in before if before[name] != now.get(name)]
        if changed:
            log.warning("The resumed run goes on with other digits: %s.", "; ".join(changed))


def _time_is_over(trainer: Trainer, began: float) -> bool:
    limit: float | None = getattr(trainer, "time_limit", None)
    return limit is not None and time.monotonic() - began >= limit
