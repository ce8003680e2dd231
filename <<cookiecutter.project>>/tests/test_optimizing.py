"""Optimizers and learning rates against their formulas."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from conftest import QUICK, ROOT, Train, options
from hydra.utils import instantiate
from omegaconf import OmegaConf

STEPS = 40
Formula = Callable[[int], float]


def rates(name: str, **arguments: Any) -> list[float]:
    """The learning rate of each of 40 steps (or epochs), from 1, by the config of that name."""
    config = OmegaConf.load(ROOT / "configs" / "scheduler" / f"{name}.yaml")
    config.update({"max_lr": 1.0} if "max_lr" in config else {})
    make = instantiate(OmegaConf.merge(config, arguments))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    needs_steps = name == "one_cycle" or "cosine" in name
    scheduler = make(optimizer, **({"total_steps": STEPS} if needs_steps else {}))
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def half_cosine(step: int, first: int, final: float = 0.0) -> float:
    return final + (1 - final) * (1 + math.cos(math.pi * (step - first) / (STEPS - first))) / 2


@pytest.mark.parametrize(
    ("name", "arguments", "formula"),
    [
        ("constant", {}, lambda _: 1.0),
        ("exponential", {"gamma": 0.8}, lambda epoch: 0.8**epoch),
        ("step", {"step_size": 7, "gamma": 0.5}, lambda epoch: 0.5 ** (epoch // 7)),
        ("cosine", {"final": 0.1}, lambda step: half_cosine(step, 0, 0.1)),
        ("warmup_cosine", {"warmup": 0.2}, lambda step: (step + 1) / 8 if step < 8 else half_cosine(step, 8)),
        (
            "warmup_constant_cosine",
            {"warmup": 0.1, "constant": 0.25},
            lambda step: (step + 1) / 4 if step < 4 else 1.0 if step < 14 else half_cosine(step, 14),
        ),
    ],
)
def test_learning_rates_follow_their_formula(name: str, arguments: dict[str, Any], formula: Formula) -> None:
    assert rates(name, **arguments) == pytest.approx([formula(step) for step in range(STEPS)])


def test_one_cycle_rises_to_the_highest_and_falls_to_almost_nothing() -> None:
    found = rates("one_cycle", pct_start=0.25)
    assert max(found) == pytest.approx(1.0)
    assert found.index(max(found)) == round(0.25 * STEPS) - 1
    assert found[-1] < 1e-4


def test_a_plateau_lowers_the_rate_after_patience() -> None:
    config = OmegaConf.load(ROOT / "configs" / "scheduler" / "reduce_on_plateau.yaml")
    make = instantiate(OmegaConf.merge(config, {"mode": "min", "patience": 2, "factor": 0.5}))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler, found = make(optimizer), []
    for score in (3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0):
        scheduler.step(score)
        found.append(optimizer.param_groups[0]["lr"])
    assert found == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25]


@pytest.mark.parametrize("name", options("optimizer"))
def test_every_optimizer_goes_downhill(name: str) -> None:
    config = OmegaConf.merge(OmegaConf.load(ROOT / "configs" / "optimizer" / f"{name}.yaml"), {"lr": 0.05})
    point = torch.nn.Parameter(torch.tensor([3.0, -2.0]))
    optimizer = instantiate(config, _convert_="all")([point])
    before = point.square().sum().item()
    for _ in range(50):
        optimizer.zero_grad()
        point.square().sum().backward()
        optimizer.step()
    assert point.square().sum().item() < 0.5 * before


def test_weight_decay_can_spare_norms_and_biases(train: Train) -> None:
    # A step of AdamW multiplies what it decays by 1 - lr * decay = 0.9; the gradient moves it by about lr = 1e-12.
    words = [*QUICK, "optimizer=adamw", "scheduler=constant", "optimizer.lr=1e-12", "optimizer.weight_decay=1e11"]

    def weights(*more: str) -> dict[str, torch.Tensor]:
        path = train(*words, *more) / "checkpoints/last.ckpt"
        state: dict[str, torch.Tensor] = torch.load(path, weights_only=True)["state_dict"]
        return {name: value for name, value in state.items() if name.endswith((".weight", ".bias"))}

    fresh = weights("optimizer.lr=0")
    for flag, spared in {"true": False, "false": True}.items():
        for name, value in weights(f"model.decay_norms_and_biases={flag}").items():
            factor = 1.0 if spared and value.ndim < 2 else 0.9**6
            assert torch.allclose(value, factor * fresh[name], rtol=1e-4, atol=1e-8), name


def test_a_cosine_without_a_step_is_refused(train: Train) -> None:
    with pytest.raises(SystemExit, match="leave no step for the cosine"):
        train(*QUICK, "scheduler=warmup_constant_cosine", "scheduler.warmup=0.5", "scheduler.constant=0.5")


def test_clipping_and_accumulation_can_be_set(train: Train) -> None:
    clip = ["+trainer.gradient_clip_val=1e-12", "+trainer.gradient_clip_algorithm=value"]
    words = [*QUICK, "optimizer=sgd", "scheduler=constant", "optimizer.lr=1", "optimizer.momentum=0"]

    def parameters(*more: str) -> list[torch.Tensor]:
        state = torch.load(train(*words, *more) / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
        return [value for name, value in state.items() if name.endswith((".weight", ".bias"))]

    fresh = parameters("optimizer.lr=0")
    clipped = parameters(*clip)
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(fresh, clipped, strict=True))
    assert not all(torch.allclose(one, two, atol=1e-6) for one, two in zip(fresh, parameters(), strict=True))
