"""The contract says of every definition, network and loss what one real training step shows."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from project import BIG, ROOT, config_of, options
from torch import Tensor, nn
from written_files import stand_ins

from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.definition import Definition
from my_project.engine.definitions.example import example
from my_project.engine.losses.loss import Loss, LossOutput
from my_project.engine.training.contract import check_contract
from my_project.engine.training.factory import data_and_pipeline
from points import TEN, PointNet, Points, SquaredError, pipeline_of


class OneScoreMore(nn.Module):
    def __init__(self, definition: ImageClassification) -> None:
        super().__init__()
        pixels = definition.channels * definition.height * definition.width
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(pixels, len(definition.classes) + 1))

    def forward(self, image: Tensor) -> Any:
        return self.layers(image)


class Broadcast(Loss[Any, Any]):
    def forward(self, output: Any, target: Any) -> LossOutput:
        total = (output.logits.amax(1) - target.label[:, None]).square().mean(0)
        return LossOutput(total, {"squares": total})


DEFINITIONS = {
    "gray": ImageClassification(TEN, 1, 8, 8),
    "colour": ImageClassification(TEN[:3], 3, 32, 24),
    "points": Points(TEN, 1, 8, 8),
}


def made(group: str) -> dict[str, Any]:
    folder = ROOT / "configs" / group
    return {name: instantiate(OmegaConf.load(folder / f"{name}.yaml"), _convert_="all") for name in options(group)}


NETWORKS = {**made("network"), "points": PointNet, "one score more": OneScoreMore}
QUICK_NETWORKS = [name for name in NETWORKS if name not in BIG]
LOSSES = {**made("loss"), "squared error": SquaredError(), "broadcast": Broadcast()}


def verdict(definition: Definition, network: Any, loss: Loss[Any, Any]) -> str | None:
    """What the contract says against a combination; None where it says nothing."""
    try:
        check_contract(pipeline_of(definition, network), loss)
    except InputError as error:
        return str(error)
    return None


def trains_with_sense(definition: Definition, network: Any, loss: Loss[Any, Any]) -> bool:
    """Whether a bare training step runs, each sample has the loss that it has alone, and there is a score a class."""
    batch = example(definition, 6, seed=3)
    field = definition.Input._fields[0]
    try:
        module = network(definition).train()
        output = module(**{field: batch.input[0].float() / 255})
        total = loss(definition.Output(output), batch.target).total
        alone = loss(definition.Output(output[:1]), type(batch.target)(batch.target[0][:1])).total
        total.mean().backward()
        torch.optim.SGD(module.parameters(), lr=0.1).step()
    except Exception:
        return False
    width = definition.sizes().get("outputs", len(getattr(definition, "classes", ())))
    return output.shape == (6, width) and bool(torch.allclose(alone, total[:1], rtol=1e-4))


@pytest.mark.parametrize(
    "definition", ["colour", *(pytest.param(each, marks=pytest.mark.slow) for each in ("gray", "points"))]
)
def test_the_contract_says_what_a_training_step_shows(definition: str) -> None:
    walk(DEFINITIONS[definition], QUICK_NETWORKS)


# These have the facts of another dataset, or those of the shards that somebody writes.
ALIKE = ("fashion_mnist", "huggingface", "labels_csv", "list_file", "streaming")


@pytest.mark.slow
@pytest.mark.parametrize("dataset", [name for name in options("dataset") if name not in ALIKE])
def test_the_contract_says_it_for_every_dataset(dataset: str, tmp_path: Path) -> None:
    if write := stand_ins().get(dataset):
        write(tmp_path)
    data, _ = data_and_pipeline(config_of(f"dataset={dataset}", *([f"dataset.root={tmp_path}"] if write else [])))
    walk(data.definition, NETWORKS)


def walk(facts: Definition, networks: Iterable[str]) -> None:
    """Hold the verdict against a training step, for every loss."""
    refused = {}
    for network in networks:
        for loss, module in LOSSES.items():
            said = verdict(facts, NETWORKS[network], module)
            assert (said is None) == trains_with_sense(facts, NETWORKS[network], module), (network, loss, said)
            if said is not None:
                refused[network, loss] = said
    assert len(refused) >= 5
    for said in refused.values():
        assert "takes '" in said or "reads '" in said or "field '" in said or "another loss in a batch" in said, said


def test_a_refusal_names_the_field_and_the_side() -> None:
    mlp, cross_entropy = NETWORKS["mlp"], LOSSES["cross_entropy"]
    gray, points = DEFINITIONS["gray"], DEFINITIONS["points"]
    assert "MLP.forward takes 'image', but PointInput has only x" in str(verdict(points, mlp, cross_entropy))
    assert "SquaredError reads 'y' of ClassOutput, which has only logits" in str(verdict(gray, mlp, SquaredError()))
    assert "field 'logits' of ClassOutput is [8, 11]" in str(verdict(gray, OneScoreMore, cross_entropy))
    assert "CrossEntropy reads 'logits' of PointPrediction" in str(verdict(points, PointNet, cross_entropy))
    assert "look for shapes that broadcast" in str(verdict(gray, mlp, Broadcast()))
