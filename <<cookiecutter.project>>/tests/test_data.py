"""What the data module promises, for every dataset, and what happens when a dataset breaks its promise."""

from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Train, default_dataset

from <<cookiecutter.package>>.datasets.datamodule import DataModule
from <<cookiecutter.package>>.datasets.memory import join, take
from <<cookiecutter.package>>.datasets.order import BatchOrder
from <<cookiecutter.package>>.datasets.split import carve, fold_of
from <<cookiecutter.package>>.definitions.check import check_batch
from <<cookiecutter.package>>.definitions.definition import Batch, Sample
from <<cookiecutter.package>>.errors import InputError

DefaultDataset: Any = default_dataset()


def as_it_is(sample: Sample) -> Sample:
    return sample


def served(**loading: Any) -> DataModule:
    data = DataModule(DefaultDataset(), as_it_is, **loading)
    data.setup("fit")
    return data


def same(first: Batch, second: Batch) -> bool:
    pairs = zip([*first.input, *first.target, first.id], [*second.input, *second.target, second.id], strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_train_and_validation_are_apart_and_the_same_for_a_seed() -> None:
    data = served()
    ids = set(data.splits["train"].id.tolist()), set(data.splits["val"].id.tolist())
    assert not ids[0] & ids[1]
    assert len(ids[0] | ids[1]) == len(data.dataset.tokens("train"))
    assert same(data.splits["val"], served().splits["val"])
    assert not same(data.splits["val"], served(seed=1).splits["val"])


def test_strata_keep_their_shares() -> None:
    labels = [0] * 700 + [1] * 200 + [2] * 100
    left, out = carve(1000, 0.1, seed=3, strata=labels)
    assert [sum(labels[place] == label for place in out) for label in range(3)] == [70, 20, 10]
    assert sorted(left + out) == list(range(1000))


@pytest.mark.parametrize("strata", [None, [0] * 40 + [1] * 13 + [2] * 3])
def test_folds_are_apart_and_together_everything(strata: list[int] | None) -> None:
    parts = [fold_of(56, 5, fold, seed=1, strata=strata) for fold in range(5)]
    assert sorted(place for _, out in parts for place in out) == list(range(56))
    for left, out in parts:
        assert sorted(left + out) == list(range(56))
        assert len(out) in (11, 12)
        for label in set(strata or []):
            share = (strata or []).count(label) / 5
            assert abs(sum((strata or [])[place] == label for place in out) - share) < 1


def test_a_fold_is_an_ordinary_override(train: Train) -> None:
    with pytest.raises(SystemExit, match="expected one of 0 to 2"):
        train("dataset.folds=3", "dataset.fold=3", "trainer=cpu")
    data = [served(folds=3, fold=fold).splits["val"].id.tolist() for fold in range(3)]
    assert sorted(place for fold in data for place in fold) == list(range(len(DefaultDataset().tokens("train"))))


def test_an_epoch_holds_every_sample_once_in_an_order_of_its_own() -> None:
    order = BatchOrder(100, 32, seed=0, shuffle=True)
    first = torch.cat([places for places, _ in order])
    again = torch.cat([places for places, _ in order])
    order.set_epoch(1)
    second = torch.cat([places for places, _ in order])
    assert torch.equal(first.sort().values, torch.arange(100))
    assert torch.equal(first, again)
    assert not torch.equal(first, second)
    assert len({seed for _, seed in order}) == len(order) == 4


def test_only_a_lonely_sample_is_left_out_and_only_of_training() -> None:
    assert [len(places) for places, _ in BatchOrder(65, 32, seed=0, shuffle=True)] == [32, 32]
    assert [len(places) for places, _ in BatchOrder(65, 32, seed=0, shuffle=False)] == [32, 32, 1]


def test_workers_change_nothing() -> None:
    alone, helped = served(), served(num_workers=2)
    assert all(same(alone.splits[split], helped.splits[split]) for split in alone.splits)


def test_batches_together_are_the_split_for_any_batch_size() -> None:
    for size in (1, 7, 1000):
        data = served(batch_size=size, limit=50)
        assert same(join(list(data.val_dataloader())), data.splits["val"])


def test_a_missing_getter_is_named_and_an_unused_one_is_not_called() -> None:
    field = DefaultDataset().definition().Input._fields[0]

    class Incomplete(DefaultDataset):
        pass

    def unused(self: Any, token: Any) -> None:
        raise AssertionError("nobody needs this")

    setattr(Incomplete, f"get_{field}", None)
    with pytest.raises(InputError, match=f"Incomplete has no get_{field}"):
        DataModule(Incomplete(), as_it_is).setup("fit")

    class Chatty(DefaultDataset):
        get_something_else = unused

    DataModule(Chatty(), as_it_is).setup("fit")


def test_a_batch_that_breaks_the_definition_is_refused_by_field() -> None:
    data = served(limit=8)
    definition, batch = data.definition, data.splits["train"]
    for part in ("input", "target"):
        tuple_ = getattr(batch, part)
        for field, tensor in tuple_._asdict().items():
            wrong = {"shape": tensor.unsqueeze(-1), "dtype": tensor.to(torch.float16)}
            for broken in wrong.values():
                faulty = batch._replace(**{part: tuple_._replace(**{field: broken})})
                with pytest.raises(InputError, match=f"field '{field}' of {type(tuple_).__name__} is "):
                    check_batch(definition, faulty, "The test")


def test_samples_of_different_shapes_are_named() -> None:
    def uneven(sample: Sample) -> Sample:
        field, value = sample.input._fields[0], sample.input[0]
        value = torch.cat([value, value], dim=-1) if sample.id == 3 else value
        return sample._replace(input=sample.input._replace(**{field: value}))

    with pytest.raises(InputError, match="in sample 3"):
        DataModule(DefaultDataset(), uneven, limit=400).setup("fit")


def test_take_keeps_ids_and_weights_together() -> None:
    batch = served(limit=20).splits["train"]
    places = torch.tensor([4, 2])
    assert torch.equal(take(batch, places).id, batch.id[places])
    assert torch.equal(take(batch, places).weight, torch.ones(2))


def test_a_missing_folder_is_named(train: Train, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is no run that can go on"):
        train(f"resume={tmp_path / 'nowhere'}")
    assert not list(tmp_path.iterdir())
