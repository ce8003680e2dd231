"""Self-contained checkpoints that survive a move of their folder."""

from functools import cached_property
from pathlib import Path

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint

from ..checkpoints import plain_data as plain
from ..checkpoints.checkpoint import ASSETS, CUSTOM, KEY, pack, pack_assets
from ..core.compat import epoch_row
from ..core.errors import InputError
from ..core.plain import PlainData
from ..loggers.csv_logger import CSVLogger
from ..training.supervised import Supervised


class Checkpoint(ModelCheckpoint):
    """Lightning's ModelCheckpoint with the pipeline as plain data in the file, or the name of a model without one.

    The paths in its state are taken as relative to the run folder, so that best path and score survive a move.
    """

    @cached_property
    def state_key(self) -> str:
        """ModelCheckpoint's key, cached: Lightning computes it in every hook of every step, 40 µs per step."""
        return super().state_key

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if not isinstance(pl_module, Supervised):
            super().setup(trainer, pl_module, stage)
            return
        names = ("loss", *pl_module.pipeline.definition.metrics())
        splits = (*pl_module.val_names, "train")
        known = [f"{split}/{name}" for split in splits for name in names]
        if self.monitor is not None and self.monitor not in known:
            raise InputError(f"The best checkpoint goes by '{self.monitor}', which is not among {', '.join(known)}.")
        plain.check(pack(pl_module.pipeline))  # fails before the training
        super().setup(trainer, pl_module, stage)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # Lightning logs the epoch's row later: a run that is killed before has the epoch, and would lack its row.
        for logger in trainer.loggers:
            if isinstance(logger, CSVLogger):
                logger.log_metrics(*epoch_row(trainer))
                logger.save()
        super().on_train_epoch_end(trainer, pl_module)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: PlainData) -> None:
        if isinstance(pl_module, Supervised):
            checkpoint[KEY] = pack(pl_module.pipeline)
            checkpoint[ASSETS] = pack_assets(pl_module.pipeline)
        else:
            checkpoint[CUSTOM] = type(pl_module).__name__

    def load_state_dict(self, state_dict: PlainData) -> None:
        folder = Path(str(self.dirpath))
        moved = dict(state_dict, dirpath=self.dirpath)
        for name in ("best_model_path", "kth_best_model_path", "last_model_path"):
            if moved[name]:
                moved[name] = str(folder / Path(moved[name]).name)
        moved["best_k_models"] = {
            str(folder / Path(path).name): score for path, score in state_dict["best_k_models"].items()
        }
        super().load_state_dict(moved)
        self.current_score = state_dict["current_score"]  # Lightning saves it, and does not restore it
