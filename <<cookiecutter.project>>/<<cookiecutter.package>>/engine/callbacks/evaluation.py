"""Tables of the test predictions, and charts of the validation predictions."""

from pathlib import Path
from typing import Annotated, NamedTuple

import torch
from annotated_types import Ge
from polars import concat
from pytorch_lightning import Callback, LightningModule, Trainer

from ..datasets.dataset import SplitName
from ..definitions.definition import Batch
from ..inference.predictions import Evaluated, PredictionRows, Scored, with_meta
from ..loggers.images import show_image, take_images
from ..reports.evaluation import write_charts, write_tables
from ..training.supervised import Supervised
from .pictures import datamodule_of


class Evaluation(Callback):
    """Write a row for each test sample to `folder`/predictions.csv and predictions.parquet, those of the greatest loss
    to worst.csv, and the metrics to metrics.json; beside it, to val/, the same of the validation samples at the best
    epoch.

    Every `every_n_epochs` epochs (0: never), the loggers that take images get the charts of the validation samples.
    """

    keeps_validation = True

    def __init__(self, folder: str, every_n_epochs: Annotated[int, Ge(0)] = 0) -> None:
        self.folder, self.every_n_epochs = Path(folder), every_n_epochs
        self.rows: PredictionRows | None = None

    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if isinstance(pl_module, Supervised):  # others have no predictions
            self.rows = PredictionRows(datamodule_of(trainer).definition)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        best = trainer.state.fn == "validate"  # of `fit`, for the best checkpoint
        due = self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0
        wanted = best or (due and not trainer.sanity_checking and take_images(trainer.loggers))
        self.rows = (
            PredictionRows(datamodule_of(trainer).definition) if wanted and isinstance(pl_module, Supervised) else None
        )

    def _add(self, trainer: Trainer, model: LightningModule, output: NamedTuple, batch: Batch) -> None:
        if self.rows is not None:
            assert isinstance(model, Supervised)
            with trainer.precision_plugin.forward_context():  # the step's, so that the loss has its precision
                loss = model.loss(output, batch.target).total
                prediction = model.pipeline.postprocess(output)
            self.rows.add(Scored(batch.id, batch.weight, loss, prediction, batch.target))

    def on_test_batch_end(  # type: ignore[override]  # a step returns the output
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: NamedTuple,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if dataloader_idx == 0:  # the main validation set
            self._add(trainer, pl_module, outputs, batch)

    on_validation_batch_end = on_test_batch_end  # type: ignore[assignment]

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        evaluated = self._evaluated(trainer, "test")
        if evaluated is not None and trainer.is_global_zero:
            write_tables(evaluated, self.folder)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        evaluated = self._evaluated(trainer, "val")
        if evaluated is None or not trainer.is_global_zero:
            return
        if trainer.state.fn == "validate":
            write_tables(evaluated, self.folder.with_name("val"))
        else:
            folder = self.folder.with_name("pictures") / "validation"
            for name, path in write_charts(evaluated, folder).items():
                show_image(trainer.loggers, f"validation/{name}", path, trainer.global_step)

    def _evaluated(self, trainer: Trainer, split: SplitName) -> Evaluated | None:
        if self.rows is None or not self.rows.tables:
            return None
        data = datamodule_of(trainer)
        table = self.rows.table()
        self.rows = None
        if trainer.world_size > 1:
            tables = [table] * trainer.world_size
            torch.distributed.all_gather_object(tables, table)
            table = concat(tables).unique("id", keep="first").sort("id")
        table = with_meta(table, data, split)
        logged = {name.removeprefix(f"{split}/"): float(value) for name, value in trainer.callback_metrics.items()}
        metrics = {name: logged[name] for name in ("loss", *data.definition.metrics())}
        return Evaluated(split, table, data.definition, metrics)
