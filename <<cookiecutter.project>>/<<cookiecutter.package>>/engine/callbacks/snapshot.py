"""The code of a run, kept with it."""

from pathlib import Path

from pytorch_lightning import Callback, LightningModule, Trainer

from ..core.code import snapshot


class Snapshot(Callback):
    """Writes `folder`/code.tar.gz before the training: every file that git knows or would take, and `command.txt`. The
    command gives the same run where the archive is unpacked.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            snapshot(self.folder)
