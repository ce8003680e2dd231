"""End of jobs of a search that look bad beside the others."""

from pathlib import Path

from pytorch_lightning import Callback, LightningModule, Trainer

from ..sweeps.plan import read_plan
from ..sweeps.search import validated
from ..sweeps.validations import read_validations


class Pruning(Callback):
    """Write each validation's `metric` to validations.json in the folder of the job, `run`, and end the training where
    the pruner of its sweep, the folder two above, says so.
    """

    def __init__(self, run: str, metric: str) -> None:
        self.run, self.metric = Path(run).resolve(), metric

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        pruned = trainer.strategy.broadcast(read_validations(self.run).pruned)
        if pruned is not None and trainer.current_epoch > pruned:  # it was killed before it had ended
            trainer.should_stop = True

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.sanity_checking or trainer.state.fn != "fit":
            return
        stop = False
        if trainer.is_global_zero:
            sweep, score = self.run.parents[1], float(trainer.callback_metrics[self.metric])
            stop = validated(sweep, read_plan(sweep), int(self.run.name), trainer.current_epoch, score)
        if trainer.strategy.broadcast(stop):
            trainer.should_stop = True
