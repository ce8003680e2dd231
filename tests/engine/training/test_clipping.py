"""Gradients are clipped together, value by value, or tensor by tensor."""

from functools import partial

import pytest
import torch
from project import QUICK, Train, config_of, weights
from pytorch_lightning.plugins import MixedPrecision
from torch import Tensor, nn

from my_project.engine.core.errors import InputError
from my_project.engine.core.instantiate import build
from my_project.engine.training import Supervised, Trainer
from my_project.engine.training.clipping import clip_each_norm
from my_project.engine.training.factory import data_and_pipeline
from my_project.engine.training.fitting import set_up

ONE_STEP = (
    *QUICK, "optimizer=sgd", "scheduler=constant", "optimizer.momentum=0", "optimizer.lr=1", "trainer.max_epochs=1",
    "data.limit_samples=32",
)  # fmt: skip
"""One step of SGD: by the gradient itself."""


def trained(train: Train, *words: str) -> dict[str, Tensor]:
    state = weights(train(*ONE_STEP, *words))
    return {name: value for name, value in state.items() if name.endswith((".weight", ".bias"))}


@pytest.mark.parametrize(
    "algorithm", ["tensor_norm", *(pytest.param(each, marks=pytest.mark.slow) for each in ("norm", "value"))]
)
def test_a_gradient_is_clipped(train: Train, algorithm: str) -> None:
    fresh, moved = trained(train, "optimizer.lr=0"), trained(train)
    gradient = {name: value - moved[name] for name, value in fresh.items()}
    whole = torch.cat([value.flatten() for value in gradient.values()])
    norms = {name: value.norm() for name, value in gradient.items()}
    median = torch.stack(list(norms.values())).median()  # one half of the tensors is clipped, the other is not
    limit = float({"norm": whole.norm() / 3, "value": whole.abs().median(), "tensor_norm": median}[algorithm])
    clip = (f"trainer.gradient_clip_val={limit}", f"trainer.gradient_clip_algorithm={algorithm}")
    for name, value in trained(train, *clip).items():
        expected = {
            "norm": gradient[name] / 3,
            "value": gradient[name].clamp(-limit, limit),
            "tensor_norm": gradient[name] * min(1.0, limit / float(norms[name])),
        }[algorithm]
        assert torch.allclose(fresh[name] - value, expected, atol=1e-6), name


def test_a_tensor_within_the_limit_keeps_its_gradient() -> None:
    parameters = [nn.Parameter(torch.zeros(4)) for _ in range(4)]
    for parameter, norm in zip(parameters, (0.0, 1.0, 3.0), strict=False):
        parameter.grad = torch.full((4,), norm / 2)
    clip_each_norm(parameters, 1.0)
    assert [None if item.grad is None else item.grad.tolist() for item in parameters] == [
        [0.0] * 4,
        [0.5] * 4,
        pytest.approx([0.5] * 4),
        None,
    ]


def test_sharded_tensors_are_refused() -> None:
    with pytest.raises(InputError, match="gradient_clip_algorithm = tensor_norm needs whole tensors, and FSDP shards"):
        Trainer(strategy="fsdp", gradient_clip_val=1.0, gradient_clip_algorithm="tensor_norm")


def test_a_fused_optimizer_with_scaled_losses_is_refused() -> None:
    config = config_of("data.limit_samples=32")
    data, pipeline = data_and_pipeline(config)
    model = Supervised(pipeline, build(config, "loss"), partial(torch.optim.AdamW, fused=True))
    set_up(model, data)
    plugins = [MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu"))]
    clip = partial(Trainer, gradient_clip_val=1.0, gradient_clip_algorithm="tensor_norm")
    trainer = clip(plugins=plugins, accelerator="cpu")
    with pytest.raises(InputError, match="AdamW with fused = True unscales the gradients"):
        trainer.fit(model, data)
