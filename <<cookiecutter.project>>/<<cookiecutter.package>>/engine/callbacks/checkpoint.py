"""Checkpoints that are the artefact, and that survive a move of their folder."""

from functools import cached_property
from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint

from ..checkpoints import plain_data as plain
from ..checkpoints.checkpoint import KEY, pack
from ..core.errors import InputError


class Checkpoint(ModelCheckpoint):
    """Lightning's ModelCheckpoint. It adds the pipeline's plain data to the file, and takes the paths in its state as
    relative to the folder in which it finds itself: so best path and score stay when a run folder was moved.
    """

    @cached_property
    def state_key(self) -> str:
        """As ModelCheckpoint's, which is made anew for every hook of every step: 40 µs a step."""
        return super().state_key

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        names = ("loss", *pl_module.pipeline.definition.metrics())  # type: ignore[union-attr, operator]
        known = [f"{split}/{name}" for split in ("val", "train") for name in names]
        if self.monitor is not None and self.monitor not in known:
            raise InputError(f"The best checkpoint goes by '{self.monitor}', which is not among {', '.join(known)}.")
        plain.check(pack(pl_module.pipeline))  # type: ignore[arg-type]  # what it cannot hold is said before the training
        super().setup(trainer, pl_module, stage)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        checkpoint[KEY] = pack(pl_module.pipeline)  # type: ignore[arg-type]

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        here = Path(str(self.dirpath))
        moved = dict(state_dict, dirpath=self.dirpath)
        for name in ("best_model_path", "kth_best_model_path", "last_model_path"):
            if moved[name]:
                moved[name] = str(here / Path(moved[name]).name)
        moved["best_k_models"] = {
            str(here / Path(path).name): score for path, score in state_dict["best_k_models"].items()
        }
        super().load_state_dict(moved)
