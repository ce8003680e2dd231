"""Learning rate as a metric."""

from pytorch_lightning import Callback, LightningModule, Trainer


class LearningRate(Callback):
    """Log `lr` (of the first parameter group) at the end of each epoch, in the row of that epoch.

    Lightning's LearningRateMonitor writes separate rows, and fails without a logger.
    """

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        pl_module.log("lr", trainer.optimizers[0].param_groups[0]["lr"])
