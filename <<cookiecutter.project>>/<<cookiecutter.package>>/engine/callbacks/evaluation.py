"""What was answered to each sample, and how good that is."""

from pathlib import Path
from typing import Annotated, Any

import torch
from annotated_types import Ge
from polars import DataFrame, concat
from pytorch_lightning import Callback, LightningModule, Trainer

from ..datasets.dataset import SplitName
from ..definitions.definition import Batch
from ..inference.predictions import PredictionRows
from ..loggers.images import show_image, take_images
from ..reports.evaluation import write_charts, write_tables
from ..training.supervised import Supervised
from .pictures import datamodule_of


class Evaluation(Callback):
    """Writes a row for each test sample into `folder`/predictions.csv and predictions.parquet, those of the greatest
    loss into worst.csv, and what the definition judges of them into metrics.json.

    Every `every_n_epochs` (0: never) loggers that take images get the charts of the validation samples.
    """

    def __init__(self, folder: str, every_n_epochs: Annotated[int, Ge(0)] = 0) -> None:
        self.folder, self.every_n_epochs = Path(folder), every_n_epochs
        self.predictions: PredictionRows | None = None

    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.predictions = PredictionRows(datamodule_of(trainer).definition)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        due = self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0
        wanted = due and not trainer.sanity_checking and take_images(trainer.loggers)
        self.predictions = PredictionRows(datamodule_of(trainer).definition) if wanted else None

    def _add(self, trainer: Trainer, model: LightningModule, outputs: Any, batch: Batch) -> None:
        assert isinstance(model, Supervised)
        if self.predictions is not None:
            with trainer.precision_plugin.forward_context():  # the step's, in which a loss computes as precisely
                loss = model.loss(outputs, batch.target).total
                prediction = model.pipeline.postprocess(outputs)
            self.predictions.add(batch, prediction, loss)

    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self._add(trainer, pl_module, outputs, batch)

    on_validation_batch_end = on_test_batch_end

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        table = self._table(trainer, "test")
        if table is not None and trainer.is_global_zero:
            write_tables(table, datamodule_of(trainer).definition, self.folder)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        table = self._table(trainer, "val")
        if table is not None and trainer.is_global_zero:
            folder = self.folder.with_name("pictures") / "validation"
            for name, path in write_charts(table, datamodule_of(trainer).definition, folder).items():
                show_image(trainer.loggers, f"validation/{name}", path, trainer.global_step)

    def _table(self, trainer: Trainer, split: SplitName) -> DataFrame | None:
        if self.predictions is None or not self.predictions.held:
            return None
        table = self.predictions.table(datamodule_of(trainer).paths(split))
        self.predictions = None
        if trainer.world_size == 1:
            return table
        tables = [table] * trainer.world_size
        torch.distributed.all_gather_object(tables, table)
        return concat(tables).unique("id", keep="first").sort("id")
