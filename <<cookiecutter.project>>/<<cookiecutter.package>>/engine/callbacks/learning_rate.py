"""The learning rate among the metrics."""

from pytorch_lightning import Callback, LightningModule, Trainer


class LearningRate(Callback):
    """Logs `lr` (of the first parameter group) as it stands at the end of each epoch, in the row of that epoch.

    Lightning's own monitor writes rows of its own, and refuses to run without a logger.
    """

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        pl_module.log("lr", trainer.optimizers[0].param_groups[0]["lr"])
