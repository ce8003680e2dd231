"""Accumulated batches give the gradient of one batch of all their samples."""

from functools import partial
from typing import Any

import pytest
import torch
from project import config_of, options
from pytorch_lightning import Callback, LightningModule
from pytorch_lightning.plugins import MixedPrecision
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

from my_project.engine.core.instantiate import build
from my_project.engine.data.batch_sampler import BatchOptions, BatchSampler
from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.options import DataOptions
from my_project.engine.definitions.definition import Batch
from my_project.engine.training import Supervised, Trainer
from my_project.engine.training.factory import data_and_pipeline
from my_project.engine.training.fitting import set_up

NETWORK = "mlp" if "mlp" in options("network") else "my_network"  # without batch normalisation


class LightningMean(Supervised):
    """The mean loss of each batch, which Lightning divides by the number of batches."""

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        losses, _ = self._step(batch, self.train_meter)
        return (losses * batch.weight).sum() / batch.weight.sum()


def weights_after(
    count: int,
    batch_size: int,
    batches: int = 1,
    weight: Tensor | None = None,
    model_class: Any = Supervised,
    **words: Any,
) -> Tensor:
    """All weights after an epoch over the first `count` training samples, in the same order for each batch size."""
    torch.manual_seed(0)
    config = config_of("data.limit_samples=96", f"network={NETWORK}")
    data, pipeline = data_and_pipeline(config)
    data = DataModule(data.dataset, pipeline.prepare, data.options, batch_size=batch_size)
    model = model_class(pipeline, build(config, "loss"), partial(torch.optim.SGD, lr=0.05))
    set_up(model, data)
    train = index_batch(data.splits["train"], slice(count))
    assert len(train.id) == count
    data.splits["train"] = train if weight is None else train._replace(weight=weight)
    trainer = Trainer(max_epochs=1, accelerator="cpu", accumulate_grad_batches=batches, limit_val_batches=0, **words)
    trainer.fit(model, data)
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(72, id="last-group-of-1"),
        pytest.param(78, id="last-group-of-2-the-last-smaller"),
        pytest.param(70, id="last-group-of-1-smaller"),
    ],
)
@pytest.mark.parametrize("weighted", [pytest.param(False, marks=pytest.mark.slow), True])
def test_accumulated_batches_are_one_large_batch(count: int, weighted: bool) -> None:
    weight = torch.rand(count, generator=torch.Generator().manual_seed(0)) ** 3 if weighted else torch.ones(count)
    large = weights_after(count, 32, weight=weight)
    assert torch.allclose(large, weights_after(count, 8, 4, weight=weight), rtol=0, atol=1e-6)
    lightning = weights_after(count, 8, 4, weight=weight, model_class=LightningMean)
    assert not torch.allclose(large, lightning, rtol=0, atol=1e-4)


def test_full_groups_of_equal_weight_are_those_of_lightning() -> None:
    assert torch.equal(weights_after(64, 8, 4), weights_after(64, 8, 4, model_class=LightningMean))


def batches_of(count: int) -> list[Tensor]:
    """Indices of the batches of 8 samples in the first epoch."""
    return list(BatchSampler(count, BatchOptions(8, DataOptions().seed, shuffle=True)).batches())


@pytest.mark.parametrize("zero", [[0], [2], [3], [0, 1, 2, 3]])
def test_batches_without_weight_change_nothing(zero: list[int]) -> None:
    weight = torch.ones(32)
    weight[torch.cat([batches_of(32)[index] for index in zero])] = 0.0
    found = weights_after(32, 8, 4, weight=weight)
    assert torch.allclose(found, weights_after(32, 32, weight=weight), rtol=0, atol=1e-6)


def test_a_limit_of_batches_ends_a_group() -> None:
    weight = torch.ones(96)
    weight[torch.cat(batches_of(96)[5:])] = 0.0
    large = weights_after(96, 32, weight=weight, limit_train_batches=2)
    assert torch.allclose(large, weights_after(96, 8, 4, limit_train_batches=5), rtol=0, atol=1e-6)


class Norms(Callback):
    """Norm of the gradients at each optimizer step."""

    def __init__(self) -> None:
        self.found: list[Tensor] = []

    def on_before_optimizer_step(self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer) -> None:  # type: ignore[override]
        gradients = [parameter.grad for parameter in pl_module.parameters() if parameter.grad is not None]
        self.found.append(get_total_norm(gradients))


def test_callbacks_see_the_gradient_of_the_step() -> None:
    large, small = Norms(), Norms()
    weights_after(70, 32, callbacks=[large])
    weights_after(70, 8, 4, callbacks=[small])
    assert len(large.found) == 3
    assert torch.allclose(torch.stack(large.found), torch.stack(small.found), rtol=1e-5)


def test_scaled_losses_of_mixed_precision_are_unscaled_once() -> None:
    def half(count: int, batch_size: int, batches: int = 1) -> Tensor:
        scaled = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu"))
        return weights_after(count, batch_size, batches, plugins=[scaled])

    assert torch.allclose(half(70, 32), half(70, 8, 4), rtol=0, atol=1e-4)
    assert torch.allclose(half(70, 8, 4), weights_after(70, 8, 4), rtol=0, atol=1e-3)
