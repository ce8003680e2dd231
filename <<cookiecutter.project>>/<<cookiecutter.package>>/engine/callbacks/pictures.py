"""Pictures of a run: raw samples, augmented samples, and predictions before and after training."""

from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from matplotlib.figure import Figure
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities import rank_zero_only

from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..loggers.images import show_image, write_figure
from ..reports.pictures import raw
from ..training.supervised import Supervised

PREDICTED: tuple[SplitName, ...] = ("train", "val")


class Pictures(Callback):
    """Write `samples_raw.png` (as in the dataset, unless it has only prepared ones), `samples.png` (as the network gets
    them in training), and predictions on 24 samples that are not augmented, of the training and of the validation
    split, before and after training (`predictions_before_train.png`, `predictions_after_val.png`, …), to `folder` and
    to the loggers that take images. Predictions that are right on training samples only show overfitting.

    Every `every_n_epochs` epochs (0: never), these loggers get the current predictions (`predictions_train`,
    `predictions_val`).
    """

    def __init__(self, folder: str, every_n_epochs: Annotated[int, Ge(0)] = 0) -> None:
        self.folder, self.every_n_epochs = Path(folder), every_n_epochs

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        data = datamodule_of(trainer)
        if trainer.current_epoch == 0:  # a resumed run has these already
            batch = data.preview("train")
            if data.has_raw_samples:
                self._save(trainer, "samples_raw", data.definition.presentation().draw(raw(data, "train", batch.id)))
            self._save(trainer, "samples", data.definition.presentation().draw(batch))
            self._save_predictions(trainer, "predictions_before", pl_module, data)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0:
            self._save_predictions(trainer, "predictions", pl_module, datamodule_of(trainer))

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        data = datamodule_of(trainer)
        self._save_predictions(trainer, "predictions_after", pl_module, data)

    def _save_predictions(self, trainer: Trainer, name: str, model: LightningModule, data: DataModule) -> None:
        if not isinstance(model, Supervised):  # it has no predictions
            return
        for split in PREDICTED:
            batch = data.preview(split, augmented=False)
            moved = data.transfer_batch_to_device(batch, model.device, 0)
            figure = data.definition.presentation().draw(batch, model.pipeline.predict(moved.input))
            self._save(trainer, f"{name}_{split}", figure)

    @rank_zero_only
    def _save(self, trainer: Trainer, name: str, figure: Figure) -> None:
        path = self.folder / f"{name}.png"
        show_image(trainer.loggers, name, write_figure(figure, path), trainer.global_step)


def datamodule_of(trainer: Trainer) -> DataModule:
    """Data module of a trainer."""
    data = trainer.datamodule  # type: ignore[attr-defined]
    assert isinstance(data, DataModule)
    return data
