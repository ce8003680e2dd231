"""Progress bar over the whole run, with the remaining time."""

import sys
from typing import NoReturn

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ProgressBar
from tqdm import tqdm

from ..core.log_file import write_line
from ..data.loader import Loader


class Progress(ProgressBar):
    """Count the batches of all epochs, and show the metrics of the last epoch.

    Drawn every 0.1 s at a terminal and every 10 s elsewhere, not at every step. The log file of the job gets a line for
    each epoch, and one for the test.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown, self.written = True, 0  # the last epoch that the log file has
        self.bar: tqdm[NoReturn] = tqdm(disable=True)

    def enable(self) -> None:
        self.shown = True

    def disable(self) -> None:
        self.shown = False

    def _open(self, title: str, total: float, done: int = 0) -> None:
        interval = 0.1 if sys.stderr.isatty() else 10.0
        total = total if total < float("inf") else 0
        self.bar = tqdm(
            desc=title, total=int(total) or None, initial=done, unit=" batches", mininterval=interval,
            maxinterval=interval, disable=not self.shown, dynamic_ncols=True,
        )  # fmt: skip

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        epochs = trainer.max_epochs or 1
        batches = trainer.num_training_batches
        loader = trainer.train_dataloader
        done = loader.saved_position if isinstance(loader, Loader) else 0  # of the epoch within which a run is resumed
        self._open("training", max(epochs, 0) * batches, trainer.current_epoch * int(batches) + done)

    def on_train_batch_end(self, *arguments: object) -> None:
        self.bar.update()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._show_metrics(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._show_metrics(trainer)
        self.bar.close()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self.bar.close()

    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._open("testing", sum(trainer.num_test_batches))

    def on_test_batch_end(self, *arguments: object) -> None:
        self.bar.update()

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.bar.close()
        values = [f"{name} {float(value):.4g}" for name, value in trainer.callback_metrics.items()]
        write_line(", ".join(value for value in values if value.startswith("test/")))

    def _show_metrics(self, trainer: Trainer) -> None:
        values: dict[str, object] = {
            name: f"{float(value):.4g}" for name, value in trainer.progress_bar_metrics.items()
        }
        self.bar.set_postfix({"epoch": trainer.current_epoch} | values, refresh=False)
        if values and self.written < trainer.current_epoch:
            self.written = trainer.current_epoch
            write_line(f"epoch {self.written}: {', '.join(f'{name} {value}' for name, value in values.items())}")
