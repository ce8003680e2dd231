"""What the data module promises, for every dataset, and what happens when a dataset breaks its promise."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import Train, default_dataset, identity

from my_project.engine.core.errors import InputError
from my_project.engine.core.random_split import fold_split, random_split
from my_project.engine.data.batch_sampler import BatchOptions, BatchSampler
from my_project.engine.data.cache import Cache
from my_project.engine.data.collate import index_batch, join
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.group_sampler import WeightedGroupSampler, apportion
from my_project.engine.data.options import SplitOptions
from my_project.engine.datasets.dataset import Samples, definition_of
from my_project.engine.definitions.check import check_batch
from my_project.engine.definitions.definition import Batch, Sample

DefaultDataset: Any = default_dataset()


def served(**options: Any) -> DataModule:
    data = DataModule(DefaultDataset(), identity, **options)
    data.setup("fit")
    return data


def same(first: Batch, second: Batch) -> bool:
    pairs = zip([*first.input, *first.target, first.id], [*second.input, *second.target, second.id], strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_data_module_needs_no_config() -> None:
    data = DataModule(DefaultDataset(), identity, batch_size=16)
    data.setup("fit")
    assert {len(batch.id) for batch in list(data.train_dataloader())[:-1]} == {16}
    with pytest.raises(TypeError, match="batchsize"):
        DataModule(DefaultDataset(), identity, batchsize=16)
    with pytest.raises(InputError, match="A cache needs a cache_key"):
        DataModule(DefaultDataset(), identity, cache=Cache())


def test_train_and_validation_are_apart_and_the_same_for_a_seed() -> None:
    data = served()
    ids = set(data.splits["train"].id.tolist()), set(data.splits["val"].id.tolist())
    assert not ids[0] & ids[1]
    assert len(ids[0] | ids[1]) == len(data.dataset.tokens("train"))
    assert same(data.splits["val"], served().splits["val"])
    assert not same(data.splits["val"], served(seed=1).splits["val"])


def test_strata_keep_their_shares() -> None:
    labels = [0] * 700 + [1] * 200 + [2] * 100
    left, out = random_split(1000, 0.1, seed=3, strata=labels)
    assert [sum(labels[index] == label for index in out) for label in range(3)] == [70, 20, 10]
    assert sorted(left + out) == list(range(1000))


@pytest.mark.parametrize("strata", [None, [0] * 40 + [1] * 13 + [2] * 3])
def test_folds_are_apart_and_together_everything(strata: list[int] | None) -> None:
    parts = [fold_split(56, 5, fold, seed=1, strata=strata) for fold in range(5)]
    assert sorted(index for _, out in parts for index in out) == list(range(56))
    for left, out in parts:
        assert sorted(left + out) == list(range(56))
        assert len(out) in (11, 12)
        for label in set(strata or []):
            share = (strata or []).count(label) / 5
            assert abs(sum((strata or [])[index] == label for index in out) - share) < 1


def test_a_fold_is_an_ordinary_override(train: Train) -> None:
    with pytest.raises(SystemExit, match="expected one of 0 to 2"):
        train("data.split.folds=3", "data.split.fold=3", "trainer=cpu")
    data = [served(split=SplitOptions(folds=3, fold=fold)).splits["val"].id.tolist() for fold in range(3)]
    assert sorted(index for fold in data for index in fold) == list(range(len(DefaultDataset().tokens("train"))))


def test_an_epoch_holds_every_sample_once_in_an_order_of_its_own() -> None:
    order = BatchSampler(100, BatchOptions(32, shuffle=True))
    first = torch.cat([indices for indices, _ in order])
    again = torch.cat([indices for indices, _ in order])
    order.set_epoch(1)
    second = torch.cat([indices for indices, _ in order])
    assert torch.equal(first.sort().values, torch.arange(100))
    assert torch.equal(first, again)
    assert not torch.equal(first, second)
    assert len({seed for _, seed in order}) == len(order) == 4


@pytest.mark.parametrize(("count", "sizes"), [(64, [32, 32]), (65, [32, 33]), (66, [32, 32, 2]), (1, [1])])
def test_a_lonely_sample_joins_the_batch_before_it(count: int, sizes: list[int]) -> None:
    for shuffle in (True, False):
        order = BatchSampler(count, BatchOptions(32, shuffle=shuffle))
        assert [len(indices) for indices, _ in order] == sizes
        assert len(order) == len(sizes)


@pytest.mark.parametrize("count", [64, 65, 71, 72, 100])
@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_every_batch(count: int, world: int) -> None:
    orders = [BatchSampler(count, BatchOptions(12, 3, True, rank, world)) for rank in range(world)]
    alone = BatchSampler(count, BatchOptions(12 * world, 3, shuffle=True))
    steps = [list(order) for order in orders]
    assert {len(part) for part in steps} == {len(order) for order in orders} == {len(steps[0])}
    together = torch.cat([part[step][0] for step in range(len(steps[0])) for part in steps])
    assert torch.equal(together, torch.cat([indices for indices, _ in alone]))
    assert min(len(indices) for part in steps for indices, _ in part) >= 2
    assert len({seed for part in steps for _, seed in part}) == len(steps[0]) * world


@pytest.mark.parametrize(
    ("count", "shares", "parts"), [(10, [1, 1, 1], [4, 3, 3]), (7, [1, 3], [2, 5]), (5, [9, 0.1], [5, 0])]
)
def test_shares_are_kept_to_one(count: int, shares: list[float], parts: list[int]) -> None:
    assert apportion(count, shares) == parts


def test_groups_come_by_their_shares_and_each_sample_as_often_as_its_neighbours() -> None:
    groups = [0] * 300 + [1] * 100
    order = BatchSampler(400, BatchOptions(64, shuffle=True), WeightedGroupSampler(groups, [1, 3]))
    seen = torch.zeros(400, dtype=torch.long)
    for epoch in range(6):
        order.set_epoch(epoch)
        indices = torch.cat([indices for indices, _ in order])
        again = torch.cat([indices for indices, _ in order])
        assert torch.equal(indices, again)
        assert int((indices < 300).sum()) == 100  # 1 : 3
        assert indices[(indices >= 300)].bincount()[300:].tolist() == [3] * 100
        first = indices[:128]
        assert 16 <= int((first < 300).sum()) <= 48, "the shares hold within an epoch too"
        seen += indices.bincount(minlength=400)
    assert (seen[:300] > 0).sum() > 240, "of a group that has more than its share, every epoch takes others"


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


def dropping(sample: Sample, mode: str) -> Sample | None:
    return None if sample.id % 5 == 0 and mode == "train" else sample


@pytest.mark.parametrize("workers", [0, 2])
def test_what_a_transformer_drops_is_counted_and_named(workers: int, caplog: pytest.LogCaptureFixture) -> None:
    data = DataModule(DefaultDataset(), dropping, limit_samples=100, num_workers=workers)
    data.setup("fit")
    assert all(index % 5 for index in data.splits["train"].id.tolist())
    assert any(index % 5 == 0 for index in data.splits["test"].id.tolist())
    lost = [message for message in caplog.messages if "a transformer dropped it" in message]
    (count,) = [message for message in caplog.messages if "were left out" in message]
    assert f"train: {len(lost)} of {len(data.splits['train'].id) + len(lost)} samples were left out" in count
    assert "sample 0 (" in lost[0]


class Torn(DefaultDataset):
    """Some samples cannot be read."""

    def __init__(self, every: int = 7) -> None:
        super().__init__()
        self.every = every

    def samples(self, tokens: Any, definition: Any = None) -> Any:
        every = self.every

        class Broken(Samples):
            def __getitem__(self, index: int) -> Sample:
                if index % every == 0:
                    raise OSError("the file is torn")
                return super().__getitem__(index)

        return Broken(self, tokens, self.definition())


@pytest.mark.parametrize("workers", [0, 2])
def test_unreadable_samples_can_be_skipped(workers: int, caplog: pytest.LogCaptureFixture) -> None:
    data = DataModule(Torn(), identity, on_error="skip", num_workers=workers, limit_samples=60)
    data.setup("fit")
    assert all(index % 7 for batch in data.splits.values() for index in batch.id.tolist())
    assert any("sample 0 (" in message and "OSError: the file is torn" in message for message in caplog.messages)
    whole = served(limit_samples=60)
    kept = [index for index in whole.splits["train"].id.tolist() if index % 7]
    assert data.splits["train"].id.tolist() == kept
    with pytest.raises(InputError, match=r"sample 0 \(.*cannot be prepared \(OSError: the file is torn\)"):
        DataModule(Torn(), identity, num_workers=workers).setup("fit")


MISSING = FileNotFoundError(2, "none", "x.csv")


def served_of(dataset: Any) -> None:
    DataModule(dataset, identity, definition=definition_of(dataset)).setup("fit")


class Mistaken(DefaultDataset):
    """A dataset whose methods return what they are told, or raise it."""

    def __init__(self, method: str, value: Any) -> None:
        super().__init__()

        def instead(*arguments: Any) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        setattr(self, method, instead)


@pytest.mark.parametrize(
    ("method", "value", "sentence"),
    [
        ("definition", None, r"Mistaken.definition\(\) returns None \(is `return` missing\?\), expected a Definition"),
        ("definition", MISSING, r"definition\(\) fails \(FileNotFoundError: .*'x.csv'\)"),
        ("tokens", None, r"Mistaken.tokens\('train'\) returns None .*, expected a sequence: return \[\] if"),
        (
            "tokens",
            KeyError("val"),
            r"tokens\('train'\) fails \(KeyError: 'val'\); return \[\] if the source",
        ),
        (
            "get_label",
            MISSING,
            r"Mistaken.get_label fails \(FileNotFoundError: .*'x.csv'\)",
        ),
        (
            "get_image",
            RuntimeError("x" * 90),
            r"sample 0 \(0\) of Mistaken train cannot be prepared \(Runtime",
        ),
    ],
)
def test_a_mistake_in_a_dataset_is_one_sentence(method: str, value: Any, sentence: str) -> None:
    dataset = Mistaken(method, value)
    with pytest.raises(InputError, match=sentence) as caught:
        served_of(dataset)
    assert "\n" not in str(caught.value)


def test_when_no_sample_can_be_read_the_first_is_named() -> None:
    with pytest.raises(InputError, match=r"all \d+ samples were left out; sample .*the file is torn"):
        DataModule(Torn(every=1), identity, on_error="skip").setup("fit")


def test_batches_together_are_the_split_for_any_batch_size() -> None:
    for size in (1, 7, 1000):
        data = served(batch_size=size, limit_samples=50)
        assert same(join(list(data.val_dataloader())), data.splits["val"])


def test_a_missing_getter_is_named_and_an_unused_one_is_not_called() -> None:
    field = DefaultDataset().definition().Input._fields[0]

    class Incomplete(DefaultDataset):
        pass

    def unused(self: Any, token: Any) -> None:
        raise AssertionError("nobody needs this")

    setattr(Incomplete, f"get_{field}", None)
    with pytest.raises(InputError, match=f"Incomplete has no get_{field}"):
        DataModule(Incomplete(), identity).setup("fit")

    class Chatty(DefaultDataset):
        get_something_else = unused

    DataModule(Chatty(), identity).setup("fit")


def test_a_batch_that_breaks_the_definition_is_refused_by_field() -> None:
    data = served(limit_samples=8)
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
    def uneven(sample: Sample, mode: str) -> Sample:
        field, value = sample.input._fields[0], sample.input[0]
        value = torch.cat([value, value], dim=-1) if sample.id == 3 else value
        return sample._replace(input=sample.input._replace(**{field: value}))

    with pytest.raises(InputError, match="in sample 3"):
        DataModule(DefaultDataset(), uneven, limit_samples=400).setup("fit")


def test_index_batch_keeps_ids_and_weights_together() -> None:
    batch = served(limit_samples=20).splits["train"]
    indices = torch.tensor([4, 2])
    assert torch.equal(index_batch(batch, indices).id, batch.id[indices])
    assert torch.equal(index_batch(batch, indices).weight, torch.ones(2))


def test_a_missing_folder_is_named(train: Train, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="cannot be resumed"):
        train(f"resume={tmp_path / 'nowhere'}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda label: torch.tensor(label, dtype=torch.uint8), r"torch.uint8, .*: return int\(…\) from get_label, or"),
        (lambda label: label + 1, r"has values from .*: look at get_label of sample \d+, classes count from 0\."),
    ],
)
def test_a_wrong_label_names_its_getter_and_the_remedy(change: Any, advice: str) -> None:
    class Changed(DefaultDataset):
        def get_label(self, token: Any) -> Any:
            return change(super().get_label(token))

    with pytest.raises(InputError, match=advice):
        DataModule(Changed(), identity).setup("fit")
