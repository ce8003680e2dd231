"""Learning rates that fall from the head to the first layers, with every schedule."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import QUICK, ROOT, Train, epochs, options
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from my_project.engine.core.errors import InputError
from my_project.engine.training.layer_decay import layer_factors
from my_project.engine.training.optimization import Optimization


def block() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(2))
        self.embedding = nn.Linear(3, 2)
        self.layers = nn.ModuleList(block() for _ in range(3))
        self.head = nn.Sequential(nn.LayerNorm(2), nn.Linear(2, 2))


class Stages(nn.Module):
    """Stages of two blocks, a layer between them, and a list of plain layers in a block."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(2, 2)
        self.stage1 = nn.Sequential(block(), block())
        self.between = nn.Linear(2, 2)
        self.stage2 = nn.Sequential(block(), block())
        self.head = nn.Linear(2, 2)


def by_module(network: nn.Module, decay: float) -> dict[str, float]:
    """Factor of each module that has parameters of its own."""
    factors = layer_factors(network, decay)
    return {name.rpartition(".")[0]: factors[parameter] for name, parameter in network.named_parameters()}


def test_factors_of_a_transformer() -> None:
    assert by_module(Transformer(), 0.5) == {
        "": 0.0625, "embedding": 0.0625,
        "layers.0.0": 0.125, "layers.0.1": 0.125, "layers.1.0": 0.25, "layers.1.1": 0.25,
        "layers.2.0": 0.5, "layers.2.1": 0.5,
        "head.0": 1.0, "head.1": 1.0,
    }  # fmt: skip


def test_blocks_are_counted_through_all_stages() -> None:
    found = by_module(nn.Sequential(Stages(), nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))), 0.5)
    stages = {name.removeprefix("0."): factor for name, factor in found.items() if name.startswith("0.")}
    assert [stages[f"stage{stage}.{index}.0"] for stage in (1, 2) for index in (0, 1)] == [0.0625, 0.125, 0.25, 0.5]
    assert stages["stem"] == 0.03125
    assert stages["between"] == stages["stage1.1.0"]
    assert stages["head"] == found["1.0"] == found["1.1"] == 1.0


def test_a_network_without_blocks_is_refused() -> None:
    with pytest.raises(InputError, match=r"layer_decay = 0\.5 needs blocks, and Sequential has no nn\.ModuleList"):
        layer_factors(nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)), 0.5)


def configured(network: nn.Module, **arguments: Any) -> tuple[torch.optim.Optimizer, Any]:
    """Optimizer and scheduler of a training of 40 steps."""
    make = partial(torch.optim.AdamW, lr=0.1, weight_decay=0.3)
    trainer: Any = SimpleNamespace(estimated_stepping_batches=40)
    found: Any = Optimization(make, **arguments).configure(network, network, trainer)
    return (found["optimizer"], found["lr_scheduler"]["scheduler"]) if isinstance(found, dict) else (found, None)


@pytest.mark.parametrize("name", options("scheduler"))
def test_every_schedule_keeps_the_factors(name: str) -> None:
    config = OmegaConf.load(ROOT / "configs" / "scheduler" / f"{name}.yaml")
    config.update({key: value for key, value in {"max_lr": 0.1, "mode": "min"}.items() if key in config})
    make = instantiate(config)
    optimizer, scheduler = configured(Transformer(), scheduler=make, layer_decay=0.5)
    alone, expected = configured(Transformer(), scheduler=make)
    for _ in range(40):
        rate = alone.param_groups[0]["lr"]
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates == pytest.approx([rate * factor for factor in (1, 0.5, 0.25, 0.125, 0.0625)], rel=1e-9, abs=1e-12)
        for each, schedule in ((optimizer, scheduler), (alone, expected)):
            each.step()
            schedule.step(*([1.0] if isinstance(schedule, ReduceLROnPlateau) else []))


def test_norms_and_biases_of_each_layer_can_be_spared() -> None:
    network = Transformer()
    network.embedding.requires_grad_(False)
    optimizer, _ = configured(network, layer_decay=0.5, decay_norms_and_biases=False)
    groups = optimizer.param_groups
    assert [(group["lr"], group["weight_decay"]) for group in groups] == [
        (0.1, 0.3), (0.1, 0.0), (0.05, 0.3), (0.05, 0.0), (0.025, 0.3), (0.025, 0.0), (0.0125, 0.3), (0.0125, 0.0),
        (0.00625, 0.0),
    ]  # fmt: skip
    grouped = [parameter for group in groups for parameter in group["params"]]
    assert {id(parameter) for parameter in grouped} == {id(item) for item in network.parameters() if item.requires_grad}
    assert all((item.ndim < 2) == (group["weight_decay"] == 0) for group in groups for item in group["params"])


@pytest.mark.parametrize("spared", [False, True])
def test_no_decay_changes_no_group(spared: bool) -> None:
    network = Transformer()
    optimizer, _ = configured(network, decay_norms_and_biases=not spared)
    parameters = list(network.parameters())
    expected: Any = parameters
    if spared:
        others = {"params": [item for item in parameters if item.ndim < 2], "weight_decay": 0.0}
        expected = [{"params": [item for item in parameters if item.ndim >= 2]}, others]
    plain = torch.optim.AdamW(expected, lr=0.1, weight_decay=0.3)
    assert [list(map(id, group.pop("params"))) for group in optimizer.param_groups] == [
        list(map(id, group.pop("params"))) for group in plain.param_groups
    ]
    assert optimizer.param_groups == plain.param_groups


@pytest.mark.slow
def test_the_rate_of_the_head_is_logged_and_a_resumed_run_keeps_the_decay(train: Train) -> None:
    words = [*QUICK, "network=resnet9", "scheduler=exponential", "optimizer.lr=0.01", "data.limit_samples=32"]
    folder = train(*words, "model.layer_decay=0.5")
    assert [float(row["lr"]) for row in epochs(folder)] == pytest.approx([0.009, 0.0081])
    with pytest.raises(SystemExit, match="A resumed run keeps the model of its start"):
        train(f"resume={folder}", "trainer.max_epochs=3", "model.layer_decay=0.7")
    again = train(f"resume={folder}", "trainer.max_epochs=3")
    assert float(epochs(again)[-1]["lr"]) == pytest.approx(0.00729)
