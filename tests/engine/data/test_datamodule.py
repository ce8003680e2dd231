"""What the data module promises, for every dataset."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import Train, identity

from data_modules import DefaultDataset, same, served
from my_project.engine.core.errors import InputError
from my_project.engine.data.cache import Cache
from my_project.engine.data.collate import index_batch, join
from my_project.engine.data.datamodule import DataModule


def test_a_data_module_needs_no_config() -> None:
    data = DataModule(DefaultDataset(), identity, batch_size=16)
    data.setup("fit")
    assert {len(batch.id) for batch in list(data.train_dataloader())[:-1]} == {16}
    with pytest.raises(TypeError, match="batchsize"):
        DataModule(DefaultDataset(), identity, batchsize=16)
    with pytest.raises(InputError, match="A cache needs a cache_key"):
        DataModule(DefaultDataset(), identity, cache=Cache())


class Weighed(DefaultDataset):
    """Every third sample of training has the weight 0."""

    def __init__(self, weights: tuple[float, ...] = (1, 1, 0)) -> None:
        super().__init__()
        self.weights = weights

    def get_weight(self, token: Any) -> float:
        return (
            self.weights[self.tokens("train").index(token) % len(self.weights)] if token in self.tokens("train") else 1
        )


def test_a_sample_of_weight_0_is_absent() -> None:
    data = DataModule(Weighed(), identity)
    data.setup("fit")
    ids = sorted([*data.splits["train"].id.tolist(), *data.splits["val"].id.tolist()])
    assert ids == [index for index in range(len(data.dataset.tokens("train"))) if index % 3 != 2]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(InputError, match=r"Sample 1 of train has the weight .*, expected a finite number >= 0"):
        DataModule(Weighed((1, weight)), identity).setup("fit")


def test_weights_reach_the_batch() -> None:
    data = DataModule(Weighed((1, 2, 5)), identity)
    data.setup("fit")
    for batch in data.train_dataloader():
        assert batch.weight.tolist() == [(1, 2, 5)[index % 3] for index in batch.id.tolist()]


def test_batches_together_are_the_split_for_any_batch_size() -> None:
    for size in (1, 7, 1000):
        data = served(batch_size=size, limit_samples=50)
        assert same(join(list(data.in_order("val"))), data.splits["val"])


def test_index_batch_keeps_ids_and_weights_together() -> None:
    batch = served(limit_samples=20).splits["train"]
    indices = torch.tensor([4, 2])
    assert torch.equal(index_batch(batch, indices).id, batch.id[indices])
    assert torch.equal(index_batch(batch, indices).weight, torch.ones(2))


def test_a_missing_folder_is_named(train: Train, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="cannot be resumed"):
        train(f"resume={tmp_path / 'nowhere'}")
    assert not list(tmp_path.iterdir())
