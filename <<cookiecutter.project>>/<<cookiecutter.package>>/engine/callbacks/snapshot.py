"""Archive of the code of a run, in its folder."""

from pathlib import Path

from pytorch_lightning import Callback, LightningModule, Trainer

from ..core.code import snapshot


class Snapshot(Callback):
    """Write `folder`/code.tar.gz before the training: every file that git tracks or would add, and `command.txt`.

    The command repeats the run in the unpacked archive.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            snapshot(self.folder)
