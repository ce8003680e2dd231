"""Pictures of a run: what the network sees, what it says before and after training, and where it errs."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities import rank_zero_only
from torchmetrics import Metric

from ..datasets.datamodule import DataModule
from ..definitions.definition import Batch
from ..models.supervised import Supervised
from ..run.files import replacing
from ..run.images import show_image


class Pictures(Callback):
    """Writes `samples.png`, `predictions_before.png`, `predictions_after.png` and one PNG for each plot of the
    definition (on the test split) into `folder`, and shows them to the loggers that take images.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.plots: dict[str, Metric] = {}

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        data = datamodule_of(trainer)
        if trainer.current_epoch == 0:  # a resumed run has these already
            self._save(trainer, "samples", data.definition.draw(data.preview("train")))
            self._save_predictions(trainer, "predictions_before", pl_module, data)

    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        plots = datamodule_of(trainer).definition.plots()
        self.plots = {name: metric.to(pl_module.device) for name, metric in plots.items()}

    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        compared = datamodule_of(trainer).definition.compare(outputs, batch.target)
        for metric in self.plots.values():
            metric.update(*compared)

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        data = datamodule_of(trainer)
        for name, metric in self.plots.items():
            self._save(trainer, name, data.definition.plot(metric))
        self._save_predictions(trainer, "predictions_after", pl_module, data)

    def _save_predictions(self, trainer: Trainer, name: str, model: LightningModule, data: DataModule) -> None:
        assert isinstance(model, Supervised)
        batch = data.preview("val")
        moved = data.transfer_batch_to_device(batch, model.device, 0)
        self._save(trainer, name, data.definition.draw(batch, model.pipeline.predict(moved.input)))

    @rank_zero_only  # the metrics of `plots` are gathered from all processes, so each must come here
    def _save(self, trainer: Trainer, name: str, figure: Figure) -> None:
        path = self.folder / f"{name}.png"
        with replacing(path) as new:
            figure.savefig(new, dpi=100, format="png")
        show_image(trainer.loggers, name, path, trainer.global_step)


def datamodule_of(trainer: Trainer) -> DataModule:
    """The data module that a trainer is at work with."""
    data = trainer.datamodule  # type: ignore[attr-defined]
    assert isinstance(data, DataModule)
    return data
