"""Checks of every dataset: each file in configs/dataset, including those that you add.

A dataset whose files are not on this machine is skipped, with the missing files as the reason; those of the template
are checked on small stand-ins of the same format (`*_stand_ins.py`). Pictures go to `tests/pictures/`.
"""

from pathlib import Path

import pytest
import torch
from project import ROOT, caches, choices_of
from served_data import Served, as_trained, data_config, epochs, equal, missing, some
from written_files import repeated, stand_ins

from <<cookiecutter.package>>.engine.testing import (
    check_augmentation,
    check_batch,
    class_means,
    counts_of,
    data_and_pipeline,
    grids,
    index_batch,
    leaked_share,
    leaks,
    same_content,
    stack,
)

STAND_INS = stand_ins()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("data")
    for name, write in STAND_INS.items():
        write(folder / name)
    return folder


def augments_of(dataset: str) -> list[str]:
    """Names of the augmentations that fit a dataset."""
    problem = choices_of("dataset")[dataset][0]
    chosen = [words for words in choices_of("transformer/augment").values() if words[0] == problem]
    return [augment.partition("=")[2] for _, augment in chosen]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "served" in metafunc.fixturenames:
        there = [name for name in choices_of("dataset") if not missing(name)]
        slow = {name: [pytest.mark.slow] if name in repeated() else [] for name in STAND_INS}
        tiny = [pytest.param(f"{name} (stand-in)", marks=marks) for name, marks in slow.items()]
        if "augment" not in metafunc.fixturenames:
            metafunc.parametrize("served", [*there, *tiny], indirect=True)
            return
        pairs = [pytest.param(name, augment) for name in there for augment in augments_of(name)]
        for name in STAND_INS:
            every = augments_of(name)
            slowly = {augment: [pytest.mark.slow] for augment in every[1:]}
            pairs += [pytest.param(f"{name} (stand-in)", item, marks=slowly.get(item, slow[name])) for item in every]
        metafunc.parametrize(("served", "augment"), pairs, indirect=["served"])


@pytest.fixture
def served(request: pytest.FixtureRequest, root: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    if "(stand-in)" in request.param:  # their checksums differ from those of the real files
        monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    return Served(request.param, root)


@pytest.mark.parametrize("name", choices_of("dataset"))
def test_dataset_files_are_on_this_machine(name: str) -> None:
    if reason := missing(name):
        pytest.skip(reason)


def test_fields_fit_the_definition(served: Served) -> None:
    for split, batch in served().splits.items():
        check_batch(served().definition, index_batch(batch, slice(None)), split)


def test_every_class_is_in_every_split(served: Served) -> None:
    names = served().definition.class_names()
    for split, counts in counts_of(served().definition, served().splits).items():
        missing = [name for name, count in zip(names, counts, strict=True) if not count]
        assert not missing, f"{split} has no sample of {', '.join(missing)}"


def test_ids_are_unique(served: Served) -> None:
    data = served()
    for split, batch in data.splits.items():
        assert len(batch.id.unique()) == len(batch.id), f"{split} has a sample twice"
    parts = data.split_indices
    if parts["train"].source == parts["val"].source:
        assert not set(data.splits["train"].id.tolist()) & set(data.splits["val"].id.tolist())


def test_splits_share_no_content(served: Served) -> None:
    data = served()
    groups = same_content(data.splits)
    share, allowed = leaked_share(groups, data.splits), data.options.split.max_overlap
    named = "; ".join(", ".join(map(str, group)) for group in leaks(groups)[:10])
    assert share <= allowed, f"{share:.1%} of val or test are in train too, {allowed:.1%} are allowed: {named}"


def test_sample_read_twice_is_equal(served: Served) -> None:
    data = served()
    fresh, _ = data_and_pipeline(data_config(served))
    for split, part in fresh.split_indices.items():
        indices = some(data.splits[split])
        samples = fresh.dataset.samples(fresh.dataset.tokens(part.source))
        ids = data.splits[split].id[indices].tolist()
        for _ in range(2):
            again = [sample for index in ids if (sample := fresh.prepare(samples[index], mode=split))]
            read = index_batch(stack(again, samples.ragged), slice(None))
            assert equal(read, index_batch(data.splits[split], torch.tensor(indices)))


@pytest.mark.parametrize("cache", caches())
def test_cache_returns_equal_samples(served: Served, cache: str, tmp_path: Path) -> None:
    words = ["data.limit_samples=40", f"data/cache={cache}", f"data.cache.dir={tmp_path}"]
    made, found = (served(*words, f"name={turn}") for turn in ("made", "found"))
    for split, batch in served("data.limit_samples=40").splits.items():
        assert equal(made.splits[split], batch)
        assert equal(found.splits[split], batch)


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_workers_do_not_change_samples(served: Served, workers: int) -> None:
    alone, helped = served("data.limit_samples=64"), served("data.limit_samples=64", f"data.num_workers={workers}")
    assert all(equal(alone.splits[split], helped.splits[split]) for split in alone.splits)


def test_batches_contain_every_sample_once(served: Served) -> None:
    for size in (1, 7):
        data = served("data.limit_samples=32", f"data.batch_size={size}")
        loaders = {"train": data.train_dataloader(), "val": data.in_order("val"), "test": data.test_dataloader()}
        for split, whole in data.splits.items():
            batches = list(loaders[split])
            assert sorted(torch.cat([batch.id for batch in batches]).tolist()) == sorted(whole.id.tolist())
            places = {number: index for index, number in enumerate(whole.id.tolist())}
            for batch in batches:
                assert equal(batch, index_batch(whole, torch.tensor([places[number] for number in batch.id.tolist()])))


def test_labels_belong_to_their_samples(served: Served) -> None:
    data = served()
    for split, part in data.split_indices.items():
        batch, tokens = data.splits[split], data.dataset.tokens(part.source)
        for field in [name for name in batch.target._fields if hasattr(data.dataset, f"get_{name}")]:
            get = data.dataset.getter(field)
            for index in some(batch):
                stored = getattr(index_batch(batch, torch.tensor([index])).target, field)[0]
                raw = get(tokens[int(batch.id[index])])
                value = torch.as_tensor(raw) if isinstance(raw, torch.Tensor | int | float) else None
                if value is not None and value.shape == stored.shape:  # others are changed by cached transformers
                    assert torch.equal(value.to(stored.dtype), stored)


def test_pictures_are_drawn(served: Served) -> None:
    data = served()
    folder = ROOT / "tests" / "pictures" / served.case.replace(" ", "-").strip("()")
    folder.mkdir(parents=True, exist_ok=True)
    drawn = grids(data)
    if (means := class_means(data.definition, data.splits["train"])) is not None:
        drawn["mean of each class"] = data.definition.presentation().draw(means)
    for name, figure in drawn.items():
        path = folder / f"{name.replace(',', '').replace(' ', '_')}.png"
        figure.savefig(path, dpi=60)
        assert path.stat().st_size > 2000


def test_augmentation_fits_the_definition_and_is_reproducible(served: Served, augment: str) -> None:
    data = served("data.limit_samples=24", f"transformer/augment={augment}", "data.batch_size=12")
    if augment == "none":
        assert data.augmentation(data.splits["train"]) is data.splits["train"]
        return
    check_augmentation(data.augmentation, data.definition)
    first, again, second = (torch.cat([field.flatten(1) for field in batch.input], 1) for batch in epochs(data))
    assert torch.equal(first, again), "the same epoch is not the same twice"
    assert not torch.equal(first, second), "two epochs are the same"
    for batch in data.train_dataloader():
        check_batch(data.definition, as_trained(data, batch), f"augment={augment}")
    busiest = data.splits["train"].input[0].float().flatten(1).std(1).argmax()  # a uniform image hides augmentation
    copies = index_batch(data.splits["train"], busiest.repeat(24), seed=1)
    changed = data.augmentation(copies)
    if changed.mix is None:  # mixing copies with each other has no effect
        distinct = max(len(field.unique(dim=0)) for field in changed.input)
        assert distinct > 1, "24 copies of a sample all got the same draw"
    else:
        assert len(changed.mix.share.unique()) > 4, "the samples of a batch share one draw"
