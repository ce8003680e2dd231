"""Optimizers and learning rates against their formulas."""

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import QUICK, ROOT, Train, options, weights

from my_project.engine.cli import signatures
from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError

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


@pytest.mark.slow
def test_weight_decay_can_spare_norms_and_biases(train: Train) -> None:
    # A step of AdamW multiplies what it decays by 1 - lr * decay = 0.9; the gradient moves it by about lr = 1e-12.
    words = [*QUICK, "optimizer=adamw", "scheduler=constant", "optimizer.lr=1e-12", "optimizer.weight_decay=1e11"]

    def decayed(*more: str) -> dict[str, torch.Tensor]:
        state = weights(train(*words, *more))
        return {name: value for name, value in state.items() if name.endswith((".weight", ".bias"))}

    fresh = decayed("optimizer.lr=0")
    for flag, spared in {"true": False, "false": True}.items():
        for name, value in decayed(f"model.decay_norms_and_biases={flag}").items():
            factor = 1.0 if spared and value.ndim < 2 else 0.9**6
            assert torch.allclose(value, factor * fresh[name], rtol=1e-4, atol=1e-8), name


def test_a_cosine_without_a_step_is_refused(train: Train) -> None:
    sentence = r"scheduler \(configs/scheduler/warmup_constant_cosine\.yaml\): warmup \+ constant = 1 of 6 steps leave"
    with pytest.raises(SystemExit, match=sentence):
        train(*QUICK, "scheduler=warmup_constant_cosine", "scheduler.warmup=0.5", "scheduler.constant=0.5")


def one_step(name: str, weight: torch.Tensor, gradient: torch.Tensor, **arguments: Any) -> torch.Tensor:
    """The weight after the first step of the optimizer of that name."""
    config = OmegaConf.merge(OmegaConf.load(ROOT / "configs" / "optimizer" / f"{name}.yaml"), arguments)
    point = torch.nn.Parameter(weight.clone())
    point.grad = gradient.clone()
    instantiate(config, _convert_="all")([point]).step()
    return point.detach()


WEIGHT, GRADIENT = torch.tensor([3.0, -2.0, 0.5]), torch.tensor([0.7, 40.0, -1.1])


def test_a_step_of_adamw_decays_apart_from_the_gradient() -> None:
    # Loshchilov and Hutter, 2019, algorithm 2. In the first step the corrected moments are the gradient and its square.
    found = one_step("adamw", WEIGHT, GRADIENT, lr=0.1, weight_decay=0.3)
    assert torch.allclose(found, WEIGHT - 0.1 * GRADIENT.sign() - 0.1 * 0.3 * WEIGHT)


@pytest.mark.parametrize("decay", [0.3, 0.01])
def test_a_step_of_lamb_is_as_long_as_the_weights(decay: float) -> None:
    # You et al., 2020, algorithm 2: the step of a layer has the length lr * |weights|, its trust ratio sees to that.
    update = GRADIENT.sign() + decay * WEIGHT
    found = one_step("lamb", WEIGHT, GRADIENT, lr=0.1, weight_decay=decay)
    assert torch.allclose(found, WEIGHT - 0.1 * WEIGHT.norm() / update.norm() * update, atol=1e-5)
    assert (found - WEIGHT).norm() == pytest.approx(0.1 * WEIGHT.norm())


def test_a_step_of_adabelief_is_the_longer_the_nearer_the_gradient_is_to_its_mean() -> None:
    # Zhuang et al., 2020, algorithm 2: m = 0.1 g, s = 0.001 (g - m)^2, both corrected: g and (0.9 g)^2.
    found = one_step("adabelief", WEIGHT, GRADIENT, lr=0.1, rectify=False)
    assert torch.allclose(found, WEIGHT - 0.1 * GRADIENT.sign() / 0.9)


def test_an_optimizer_of_a_package_that_is_not_installed_names_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "timm" else real(name))
    signatures.signature_of.cache_clear()
    signatures._parse.cache_clear()
    with pytest.raises(InputError, match="the package timm is not installed: uv sync --group timm"):
        prepare(["optimizer=lamb"])


def test_a_mistyped_argument_of_timm_is_refused_without_importing_it() -> None:
    with pytest.raises(
        InputError, match=r"optimizer\.trust_clp: Lamb has no argument 'trust_clp', did you mean trust_clip"
    ):
        prepare(["optimizer=lamb", "+optimizer.trust_clp=true"])
