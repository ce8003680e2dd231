"""Training from shards: the same samples as without them, each once, from few shards at a time; damage is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest
import torch
from project import QUICK, Train, config_of, run_script, run_train, weights

from commands import survive_kills
from data_modules import same
from interruptions import WORDS as RUN
from interruptions import assert_equal_runs, at_call, fail, interrupted
from my_project.engine.core.errors import InputError
from my_project.engine.data.sharded_rows import shard_order
from my_project.engine.training.factory import data_and_pipeline
from shard_folders import read, whole

Shard = Callable[..., str]


def test_the_samples_are_those_of_the_dataset(written: str) -> None:
    folder = written
    assert sorted(path.name for path in Path(folder).iterdir() if path.suffix == ".json") == ["index.json"]
    assert len(list(Path(folder).glob("train-0*.safetensors"))) >= 6
    direct, _ = data_and_pipeline(config_of("data.limit_samples=96"))
    direct.setup("fit")
    streamed = whole(read(folder))
    for split, batch in whole(direct).items():
        assert same(streamed[split]._replace(id=batch.id), batch), split


def test_a_training_is_the_same_if_all_shards_are_mixed(written: str, train: Train) -> None:
    direct = train(*QUICK)
    streamed = train(*QUICK, "dataset=streaming", f"dataset.dir={written}", "dataset.window=100")
    assert all(torch.equal(value, weights(streamed)[name]) for name, value in weights(direct).items())


@pytest.mark.parametrize("words", [(), ("data.sampling.balance=true",)])
def test_an_epoch_has_each_sample_once_from_few_shards_at_a_time(written: str, words: tuple[str, ...]) -> None:
    data = read(written, "dataset.window=2", "data.batch_size=8", *words)
    loader, content = data.train_dataloader(), data.splits["train"]
    order = shard_order(content)
    assert order is not None
    for epoch in range(3):
        loader.sampler.set_epoch(epoch)
        drawn = torch.cat([batch.id for batch in loader])
        if not words:
            assert sorted(drawn.tolist()) == content.id.tolist()
        numbers = order.shard_of[drawn]
        groups = [set(part.tolist()) for part in numbers.split(8)]
        assert all(len(group) <= 4 for group in groups)  # a batch may lie in two groups
        first, last = (
            {int(n): int(p) for p, n in items}
            for items in (reversed(list(enumerate(numbers.tolist()))), enumerate(numbers.tolist()))
        )
        open_at = [sum(first[n] <= place <= last[n] for n in first) for place in range(len(numbers))]
        assert max(open_at) <= 2


def test_epochs_have_different_orders(written: str) -> None:
    loader = read(written, "dataset.window=2").train_dataloader()
    orders = []
    for epoch in (0, 1, 0):
        loader.sampler.set_epoch(epoch)
        orders.append(torch.cat([batch.id for batch in loader]).tolist())
    assert orders[0] == orders[2] != orders[1]


def test_other_transformers_are_refused(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, pipeline = data_and_pipeline(config_of())
    kind = type(next(iter(pipeline.cached.values())))
    monkeypatch.setattr(kind, "version", 7, raising=False)
    with pytest.raises(InputError, match=r"shards of .* were written by the transformers .*, 7\]"):
        read(written)


def test_copies_take_no_more_room_than_they_may(store: str) -> None:
    limit = 40_000
    data = read(store, "dataset.window=2", f"dataset.cache_gib={limit / 2**30}", "data.batch_size=8")
    for epoch in range(2):
        loader = data.train_dataloader()
        loader.sampler.set_epoch(epoch)
        assert sorted(torch.cat([batch.id for batch in loader]).tolist()) == data.splits["train"].id.tolist()
    places = shard_order(data.splits["train"])
    assert places is not None
    assert places.shards.threads is not None  # they were copied ahead
    places.shards.threads.shutdown()
    files = list(Path("data/shards_cache").rglob("*.safetensors"))
    assert 0 < sum(path.stat().st_size for path in files) <= limit
    assert len(files) < len(list(fsspec.url_to_fs(store)[0].find(store)))


def test_what_comes_next_is_copied_before_it_is_read(store: str) -> None:
    data = read(store, "dataset.window=2")
    places = shard_order(data.splits["train"])
    assert places is not None
    places.announce(torch.arange(len(data.splits["train"].id)))
    shutil.rmtree("data/shards_cache")
    places.shards.tensors(0)
    assert places.shards.threads is not None
    places.shards.threads.shutdown()
    copied = {path.name for path in Path("data/shards_cache").rglob("train-0*.safetensors")}
    assert copied == {f"train-0000{number}.safetensors" for number in range(3)}


def test_a_copy_that_another_process_has_removed_is_fetched_again(store: str) -> None:
    data = read(store)
    before = whole(data)
    shutil.rmtree("data/shards_cache")
    assert all(same(batch, whole(read(store))[split]) for split, batch in before.items())


@pytest.mark.parametrize("change", ["flip", "cut", "remove"])
def test_a_damaged_shard_is_named(store: str, change: str) -> None:
    fs, root = fsspec.url_to_fs(store)
    path = f"{root}/train-00001.safetensors"
    content = bytearray(fs.cat_file(path))
    content[-5] ^= 1
    if change == "remove":
        fs.rm(path)
    else:
        fs.pipe_file(path, bytes(content if change == "flip" else content[:-9]))
    with pytest.raises(InputError, match=r"train-00001\.safetensors (is damaged|does not exist)"):
        whole(read(store))


@pytest.mark.usefixtures("shards")
def test_a_local_shard_that_was_cut_or_has_changed_is_named(written: str) -> None:
    path = Path(shutil.copytree(written, "shards")) / "test-00000.safetensors"
    content = bytearray(path.read_bytes())
    path.write_bytes(content[:-9])
    with pytest.raises(InputError, match=r"test-00000\.safetensors is not there, or not the file"):
        whole(read("shards"))
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"test-00000\.safetensors is damaged"):
        whole(read("shards"))


@pytest.mark.usefixtures("shards")
def test_an_index_names_no_file_elsewhere_and_no_foreign_code(written: str) -> None:
    path = Path(shutil.copytree(written, "shards")) / "index.json"
    text = path.read_text()
    path.write_text(text.replace('"train-00000.safetensors"', '"../train-00000.safetensors"'))
    with pytest.raises(InputError, match="expected a file in its own folder"):
        whole(read("shards"))
    target = json.loads(text)["definition"]["target"]
    path.write_text(text.replace(target, "os.system"))
    with pytest.raises(InputError, match=r"os\.system"):
        read("shards")


def test_missing_shards_and_small_caches_are_one_sentence(store: str) -> None:
    with pytest.raises(InputError, match=r"shard\.py dataset=<name> dir=nowhere"):
        read("nowhere")
    with pytest.raises(InputError, match=r"raise it, or lower window \(now 8\)"):
        read(store, "dataset.cache_gib=0.00001")


@pytest.mark.slow
@pytest.mark.usefixtures("train")
def test_the_page_of_the_data_is_drawn(written: str) -> None:
    folder = run_script("explore", "dataset=streaming", f"dataset.dir={written}")
    assert (folder / "data.html").stat().st_size > 10_000


@pytest.mark.slow
def test_evaluate_reads_the_shards_of_the_run(written: str, train: Train) -> None:
    run = train(*QUICK, "dataset=streaming", f"dataset.dir={written}")
    said = json.loads((run / "test" / "metrics.json").read_text())
    run_script("evaluate", f"run={run}", "data.batch_size=5")
    (found,) = run.rglob("evaluate/**/metrics.json")
    assert json.loads(found.read_text())["loss"] == pytest.approx(said["loss"], rel=1e-3)


@pytest.mark.slow  # a quicker one: test_mid_epoch.py
def test_an_interrupted_training_goes_on_with_the_same_samples(shards: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("dataset=streaming", f"dataset.dir={shards()}", "dataset.window=2", "data.limit_samples=null")
    straight = run_train(*RUN, "name=straight", *words)
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 5, fail)
        run, _ = interrupted("broken", *words)
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


@pytest.mark.slow
def test_two_processes_survive_kills(shards: Shard, tmp_path: Path) -> None:
    folder = tmp_path / shards("shards", "data.limit_samples=192")
    words = f"trainer=ddp_cpu data.batch_size=16 dataset=streaming dataset.dir={folder} dataset.window=2"
    survive_kills(2, 4, words)
