"""Training without configs, for `train.py` and notebooks."""

import logging
from pathlib import Path

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers.logger import DummyLogger
from pytorch_lightning.utilities.model_helpers import is_overridden
from torch import Tensor

from ..core.errors import InputError
from ..core.stop import TimeLimitError
from ..data.datamodule import DataModule
from .contract import check_augmentation, check_contract, check_meta
from .custom_model import CustomModel
from .single_sample import check_single_sample
from .supervised import Supervised

log = logging.getLogger(__name__)


def fit(
    trainer: Trainer,
    model: Supervised | CustomModel,
    data: DataModule,
    ckpt_path: Path | None = None,
    test: bool = True,
) -> float | None:
    """Train, `test` the best checkpoint, return its monitored score. Callbacks with a true attribute `keeps_validation`
    see a validation of it before.

    Without a checkpoint callback that has a monitor, the last weights are tested and the last value of `model.monitor`
    is returned, None if it was never computed. `ckpt_path` resumes a training. A second call continues with the weights
    of the first. A `CustomModel` without a `test_step` is not tested. When the `max_time` of the trainer is over, the
    training can be resumed.

    Raises:
        InputError: definition, network, loss and data do not fit together.
    """
    set_up(model, data, resuming=ckpt_path is not None)
    try:
        trainer.fit(model, data, ckpt_path=ckpt_path)
    except TimeLimitError:
        log.warning("max_time is over: the training is saved, and the best checkpoint so far is tested.")
    path, score = best(trainer)
    if score is None:
        score = trainer.callback_metrics.get(model.monitor)
    callbacks = trainer.callbacks  # type: ignore[attr-defined]
    wanted = any(getattr(callback, "keeps_validation", False) for callback in callbacks)
    if wanted and path is not None and isinstance(model, Supervised):
        _validate(trainer, model, data, path)
    if test and is_overridden("test_step", model):
        trainer.test(model, data, ckpt_path=path, verbose=False)
    return None if score is None else float(score)


def _validate(trainer: Trainer, model: LightningModule, data: DataModule, path: str) -> None:
    """Validate a checkpoint for the callbacks alone: its epoch has been logged."""
    loggers = trainer.loggers
    trainer.loggers = [DummyLogger()]
    try:
        trainer.validate(model, data, ckpt_path=path, verbose=False)
    finally:
        trainer.loggers = loggers


def set_up(model: Supervised | CustomModel, data: DataModule, resuming: bool = False) -> None:
    """Check the contract, read and check the data, fit the pre-processing; unless `resuming`, initialize the network.

    `fit` calls this first. A second call has no effect but that of other validation sets.

    Raises:
        InputError: definition, network, loss and data do not fit together, or `model` or `data` is something else.
    """
    if not isinstance(model, Supervised | CustomModel) or not isinstance(data, DataModule):
        raise InputError(
            f"model is an object of {type(model).__name__} and data of {type(data).__name__}, expected Supervised or "
            "CustomModel, and DataModule, in this order."
        )
    if isinstance(model, Supervised):
        model.validate_on(data.validation_sets)
    if model.is_set_up:
        return
    columns = check_contract(model.pipeline, model.loss) if isinstance(model, Supervised) else ()
    if isinstance(model, Supervised) and data.options.batch_size == 1:
        check_single_sample(model.pipeline)
    check_augmentation(data.augmentation, data.definition)
    data.setup("fit")
    check_meta(data, columns)
    train = data.splits["train"]
    if isinstance(model, Supervised):
        model.pipeline.fit(train.input, train.target, new=not resuming)
    else:
        model.fit_preprocessing(train.input)
    model.is_set_up = True


def best(trainer: Trainer) -> tuple[str | None, Tensor | None]:
    """Path and score of the best checkpoint; None if no callback keeps one."""
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint) and callback.monitor and callback.best_model_path:
            return callback.best_model_path, callback.best_model_score
    return None, None
