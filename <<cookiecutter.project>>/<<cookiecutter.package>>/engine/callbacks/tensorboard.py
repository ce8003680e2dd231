"""Images, histograms, precision-recall curves, embeddings and the graph in TensorBoard."""

import logging
import warnings
from typing import TYPE_CHECKING, Annotated, NamedTuple

import torch
from annotated_types import Ge
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger
from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics.classification import BinaryPrecisionRecallCurve

from ..core.errors import InputError, first_line
from ..data.datamodule import DataModule
from ..definitions.definition import Batch
from ..models.pipeline import Pipeline
from ..training.custom_model import supervised
from ..training.supervised import Supervised
from .activations import before_last_layer, thumbnails
from .pictures import datamodule_of

if TYPE_CHECKING:  # its import takes time, and only some runs use it
    from torch.utils.tensorboard import SummaryWriter

log = logging.getLogger(__name__)
THRESHOLDS = 127  # of a precision-recall curve


class TensorBoard(Callback):
    """Log to TensorBoard every `every_n_epochs` epochs and at the end, without changing the training.

    Images: validation samples with predictions. Histograms: weights, and the gradients of the last step.
    Precision-recall curves: the first `curves` one-vs-rest decisions of the presentation, on the whole validation
    split. Projector: the input of the last layer for `count` samples. The network's graph is logged once.

    Raises:
        InputError: the run has no TensorBoard logger.
    """

    def __init__(
        self,
        every_n_epochs: Annotated[int, Ge(1)] = 10,
        count: Annotated[int, Ge(2)] = 200,
        curves: Annotated[int, Ge(0)] = 20,
    ) -> None:
        self.every_n_epochs, self.count, self.max_curves = every_n_epochs, count, curves
        self.curves: dict[str, BinaryPrecisionRecallCurve] = {}

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        supervised(pl_module, self)
        if stage == "fit" and not any(isinstance(logger, TensorBoardLogger) for logger in trainer.loggers):
            raise InputError(
                "The TensorBoard callback needs a TensorBoard logger, but this run has none: "
                "add one, or leave the callback out."
            )

    def _due(self, trainer: Trainer) -> bool:
        done = trainer.current_epoch + 1
        return trainer.state.fn == "fit" and (done % self.every_n_epochs == 0 or done == trainer.max_epochs)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, Supervised)
        if trainer.current_epoch == 0:  # a resumed run already has it
            _show_graph(_writer(trainer), pl_module.pipeline, _preview(trainer, pl_module, 2))

    def on_validation_batch_end(  # type: ignore[override]  # a step returns the output
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: NamedTuple,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        assert isinstance(pl_module, Supervised)
        if not self._due(trainer) or trainer.sanity_checking or dataloader_idx > 0:  # further validation sets
            return
        prediction = pl_module.pipeline.postprocess(outputs)
        one_vs_rest = pl_module.pipeline.definition.presentation().one_vs_rest(prediction, batch.target)
        for name, (score, truth) in list(one_vs_rest.items())[: self.max_curves]:
            if name not in self.curves:
                self.curves[name] = BinaryPrecisionRecallCurve(THRESHOLDS, validate_args=False).to(truth.device)
            self.curves[name].update(score.float(), truth.long())

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:
        assert isinstance(pl_module, Supervised)
        if self._due(trainer) and trainer.is_last_batch:
            for name, parameter in pl_module.pipeline.network.named_parameters():
                if parameter.grad is not None:  # logged here: validation clears the gradients
                    _writer(trainer).add_histogram(f"gradients/{name}", parameter.grad.float(), trainer.global_step + 1)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, Supervised)
        if not self._due(trainer):
            return
        writer, step = _writer(trainer), trainer.global_step
        for name, parameter in pl_module.pipeline.network.named_parameters():
            writer.add_histogram(f"weights/{name}", parameter.detach().float(), step)
        for name, curve in self.curves.items():
            _show_curve(writer, name, curve, step)
        self.curves.clear()
        batch = _preview(trainer, pl_module, 24)
        figure = datamodule_of(trainer).definition.presentation().draw(batch, pl_module.pipeline.predict(batch.input))
        writer.add_figure("predictions", figure, step)
        self._show_activations(trainer, pl_module, step)

    def _show_activations(self, trainer: Trainer, model: Supervised, step: int) -> None:
        batch = _preview(trainer, model, self.count)
        points = before_last_layer(model.pipeline, batch.input)
        if points is None:
            return
        presentation = model.pipeline.definition.presentation()
        lines = zip(
            presentation.target_text(batch),
            presentation.format_samples(batch, model.pipeline.predict(batch.input)),
            strict=True,
        )
        _writer(trainer).add_embedding(
            points, [list(line) for line in lines], thumbnails(batch.input), step, "last layer", ["target", "sample"]
        )


def _writer(trainer: Trainer) -> "SummaryWriter":
    loggers = (logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger))
    writer: SummaryWriter = next(loggers).experiment
    return writer


def _preview(trainer: Trainer, model: LightningModule, count: int) -> Batch:
    data: DataModule = datamodule_of(trainer)
    batch: Batch = data.transfer_batch_to_device(data.preview("val", count), model.device, 0)
    return batch


def _show_graph(writer: "SummaryWriter", pipeline: Pipeline, batch: Batch) -> None:
    """Trace the pipeline and log its graph; a network that cannot be traced is still trained."""
    training = pipeline.training
    pipeline.eval()
    try:
        with torch.no_grad(), warnings.catch_warnings(action="ignore"):
            fields = pipeline.preprocess(batch.input)
            writer.add_graph(_Positional(pipeline), [getattr(fields, field) for field in pipeline.fields])
    except Exception as error:
        log.warning("TensorBoard shows no graph, the network cannot be traced: %s", first_line(error))
    finally:
        pipeline.train(training)


class _Positional(nn.Module):
    """Network of a pipeline with positional arguments, as tracing passes them."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__()
        self.fields, self.network = pipeline.fields, pipeline.network

    def forward(self, *tensors: Tensor) -> Tensor | dict[str, Tensor]:
        output: Tensor | dict[str, Tensor] = self.network(**dict(zip(self.fields, tensors, strict=True)))
        return output


def _show_curve(writer: "SummaryWriter", name: str, curve: BinaryPrecisionRecallCurve, step: int) -> None:
    with curve.sync_context():  # from all processes
        counts: Tensor = curve.confmat.clone()  # (thresholds, target, prediction)
    tp, fp, fn = (counts[:, *index].double() for index in ((1, 1), (0, 1), (1, 0)))
    precision, recall = tp / (tp + fp).clamp(min=1), tp / (tp + fn).clamp(min=1)
    writer.add_pr_curve_raw(
        f"precision_recall/{name}", tp, fp, counts[:, 0, 0], fn, precision, recall, step, THRESHOLDS
    )
