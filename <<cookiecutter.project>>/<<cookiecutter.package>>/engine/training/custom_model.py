"""Base class of Lightning modules with training steps and optimizers of their own: GANs, several losses in turn."""

from typing import NamedTuple

from pytorch_lightning import LightningModule

from ..core.errors import InputError
from ..losses.loss import Loss
from ..models.pipeline import Pipeline
from .optimization import OptimizerFactory, SchedulerFactory
from .supervised import Supervised


class CustomModel(LightningModule):
    """A subclass has networks, `training_step` and `configure_optimizers`, and logs `monitor` in `validation_step`.

    Its arguments after `pipeline`, `loss`, `optimizer` and `scheduler` are keys of `model`. `pipeline` gives definition
    and pre-processing; its network is not used. Checkpoints hold no pipeline: scripts that predict refuse it. With
    `test_step` the best checkpoint is tested.

    A resumed training equals an unbroken one if all randomness of a step comes from `batch.seed`.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        loss: Loss | None = None,
        optimizer: OptimizerFactory | None = None,
        scheduler: SchedulerFactory | None = None,
        monitor: str = "val/loss",
    ) -> None:
        super().__init__()
        self.definition, self.preprocess, self.monitor = pipeline.definition, pipeline.preprocess, monitor
        self.is_set_up = False
        """Whether `set_up` has fitted the pre-processing."""

    def fit_preprocessing(self, input: NamedTuple) -> None:
        """Fit the pre-processing to the inputs of the training split."""
        if callable(fit := getattr(self.preprocess, "fit", None)):
            fit(input)


def supervised(model: LightningModule, user: object) -> Supervised:
    """Check that a model has a pipeline, which `user`, a callback, needs.

    Raises:
        InputError: it has steps of its own.
    """
    if not isinstance(model, Supervised):
        raise InputError(
            f"{type(user).__name__} needs the predictions of a pipeline, but {type(model).__name__} has training steps "
            "of its own: leave the callback out."
        )
    return model
