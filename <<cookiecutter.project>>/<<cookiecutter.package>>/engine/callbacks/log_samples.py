"""Validation samples as readable text."""

import logging
from typing import Annotated

from annotated_types import Ge
from pytorch_lightning import Callback, LightningModule, Trainer

from ..loggers.images import show_lines
from ..training.custom_model import supervised
from .pictures import datamodule_of

log = logging.getLogger(__name__)


class LogSamples(Callback):
    """Write `count` validation samples, the same every epoch, with target and prediction to train.log and to the
    loggers that take text.
    """

    def __init__(self, count: Annotated[int, Ge(1)] = 10) -> None:
        self.count = count

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        supervised(pl_module, self)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn != "fit":
            return
        model = supervised(pl_module, self)
        data = datamodule_of(trainer)
        batch = data.transfer_batch_to_device(data.preview("val", self.count), pl_module.device, 0)
        if not trainer.is_global_zero:
            return
        lines = data.definition.presentation().format_samples(batch, model.pipeline.predict(batch.input))
        for line in lines:
            log.info("epoch %d: %s", trainer.current_epoch, line)
        show_lines(trainer.loggers, "samples_to_read", lines, trainer.global_step)
