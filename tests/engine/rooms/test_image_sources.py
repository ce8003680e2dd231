"""Images in tables, lists and archives; choosing and weighing samples."""

import errno
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, identity, options, rows
from sklearn.datasets import load_digits
from stand_ins import COLOURS, write_tables
from test_losses import from_config

from my_project.datasets import image_folder
from my_project.datasets.digits import Digits
from my_project.datasets.image_folder import ImageFolder
from my_project.datasets.labels_csv import LabelsCSV
from my_project.datasets.list_file import ListFile
from my_project.definitions.image_file import read_image
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.filter import ByValue
from my_project.engine.data.options import SamplingOptions, SplitOptions
from my_project.engine.datasets.archive import unpacked
from my_project.engine.definitions.definition import Batch, Sample
from my_project.engine.inference.predictor import Predictor
from my_project.engine.models.pipeline import MODES, Pipeline
from my_project.engine.training import Supervised, Trainer
from my_project.models.mlp import MLP
from my_project.transformers.fit_image import FitImage
from my_project.transformers.flip import Flip
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize

FORMATS = {"a.tar": "w", "a.tgz": "w:gz", "a.tar.gz": "w:gz", "a.zip": ""}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("source") / "photos"
    write_tables(folder)
    return folder


@pytest.fixture
def photos(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "photos"))


def test_digits_are_those_of_scikit_learn() -> None:
    scans, labels = load_digits(return_X_y=True)
    expected = torch.from_numpy(scans).mul(255 / 16).round().to(torch.uint8)
    assert torch.equal(Digits().images.flatten(1), expected)
    assert Digits().labels.tolist() == labels.tolist()


def test_tables_train_and_are_the_folder_of_images(train: Train, photos: Path) -> None:
    words = [f"dataset.root={photos}", "trainer.max_epochs=8", "trainer=cpu", "callback=none"]
    assert float(rows(train("dataset=labels_csv", *words))[-1]["test/acc"]) > 0.9
    tables, folders = LabelsCSV(str(photos)), ImageFolder(str(photos))
    assert tables.definition() == folders.definition()
    assert [(token.row.path, tables.get_label(token)) for token in tables.tokens("test")] == [
        (token, folders.get_label(token)) for token in folders.tokens("test")
    ]
    assert [tables.get_weight(token) for token in tables.tokens("train")][:4] == [1, 2, 1, 2]
    (photos / "test").rename(photos / "validation")
    shutil.copytree(photos / "validation", photos / "test")
    assert len(LabelsCSV(str(photos)).tokens("val")) == 18


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: (root / "test/labels.csv").unlink(), "There is no file .*test/labels.csv, expected a CSV file"),
        (lambda root: (root / "validation").mkdir(), "There is no file .*validation/labels.csv"),
        (edit("train/labels.csv", ",weight", ",weigth"), "has a column 'weigth', did you mean 'weight'"),
        (edit("train/labels.csv", "image name", "imagename"), r"no column 'image name' \('imagename' is near\)"),
        (
            edit("train/labels.csv", "label", "colour"),
            "no column 'label', its first line is: image name, colour, weight",
        ),
        (edit("test/labels.csv", ",red,", ",pink,"), "has the label pink, expected one of blue, green, red"),
        (edit("train/labels.csv", ",red,1", ",red,-1"), "line .* has the weight -1, expected a finite number >= 0"),
        (edit("train/labels.csv", ",red,1", ",red,much"), "line .* has the weight much, expected a finite number"),
        (edit("train/labels.csv", ",red,1", ",,1"), "line .* has no label"),
        (lambda root: (root / "train/labels.csv").write_bytes(b"\xff\xfe\x00"), "is no CSV file in UTF-8"),
        (
            lambda root: (root / "train/labels.csv").write_text("image name,label\na,b\n"),
            "expected at least two labels",
        ),
        (lambda root: (root / "train/red/0.jpg").unlink(), "There is no file .*0.jpg: add it, or correct"),
    ],
)
def test_bad_tables_are_one_sentence_and_leave_nothing(
    train: Train, photos: Path, spoil: Callable[[Path], Any], sentence: str
) -> None:
    spoil(photos)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        train("dataset=labels_csv", f"dataset.root={photos}", "trainer=cpu")
    assert "\n" not in str(stopped.value)
    assert not list(Path("logs").glob("*/*"))


def test_labels_that_are_numbers_are_sorted_as_numbers(photos: Path) -> None:
    table = photos / "train/labels.csv"
    table.write_text(table.read_text().replace("red", "10", 1).replace(",red,", ",10,").replace(",blue,", ",9,"))
    table.write_text(table.read_text().replace(",green,", ",100,"))
    (photos / "test/labels.csv").write_text("image name,label\nred/0.jpg,10\n")
    assert LabelsCSV(str(photos)).classes == ["9", "10", "100"]


def test_lists_are_drawn_from_by_their_ratios(photos: Path) -> None:
    lines = (photos / "train/labels.csv").read_text().splitlines()
    for name, part in {"few.csv": lines[1:10] + lines[-4:], "many.csv": lines[10:-4]}.items():
        (photos / "train" / name).write_text("\n".join([lines[0], *part]))
    lists = {"train": ["train/few.csv", "train/many.csv"], "test": ["test/labels.csv"]}
    dataset = ListFile(str(photos), **lists, ratios=[3, 1], size=8)  # type: ignore[arg-type]
    data = DataModule(dataset, Pipeline(dataset.definition(), MLP, *parts(), cached=fitted()).prepare, batch_size=8)
    data.setup("fit")
    tokens = dataset.tokens("train")
    for epoch in range(3):
        loader = data.train_dataloader()
        loader.sampler.set_epoch(epoch)
        drawn = [dataset.source_of(tokens[place]) for batch in loader for place in batch.id.tolist()]
        assert abs(drawn.count(0) / len(drawn) - 0.75) < 0.02
    with pytest.raises(InputError, match=r"ratios = \[1, 0\]: expected a number above 0 for each of 2 lists"):
        ListFile(str(photos), **lists, ratios=[1, 0])  # type: ignore[arg-type]
    both = DataModule(dataset, data.prepare, sampling=SamplingOptions(balance=True))
    with pytest.raises(InputError, match="choose one"):
        both.setup("fit")


def parts() -> tuple[Any, Any]:
    return lambda definition: Standardize(definition, "image"), Probabilities


def fitted() -> dict[str, Any]:
    return {"fit": FitImage}


def pack(photos: Path, archive: Path, top: str = "photos") -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("./", "")  # as some tools write it
            for path in photos.rglob("*.*"):
                file.write(path, Path(top) / path.relative_to(photos))
    else:
        with tarfile.open(archive, FORMATS[archive.name]) as file:  # type: ignore[call-overload]
            file.add(photos, top or ".")


@pytest.mark.parametrize("top", ["photos", ""])
@pytest.mark.parametrize("name", FORMATS)
def test_an_archive_is_the_folder_that_it_holds(photos: Path, tmp_path: Path, name: str, top: str) -> None:
    pack(photos, tmp_path / name, top)
    root = tmp_path / "root"
    for _ in range(2):  # it is unpacked once
        dataset = ImageFolder(str(root), archive=str(tmp_path / name))
        assert [path.relative_to(dataset.root) for path in dataset.tokens("train")] == [
            path.relative_to(photos) for path in ImageFolder(str(photos)).tokens("train")
        ]
        assert len(list(root.iterdir())) == 1


def test_an_archive_trains_with_one_override(train: Train, photos: Path, tmp_path: Path) -> None:
    pack(photos, tmp_path / "a.tgz")
    words = [*QUICK, "dataset=image_folder", f"dataset.archive={tmp_path / 'a.tgz'}", "callback=none"]
    assert rows(train(*words))[-1]["test/acc"]
    pack(photos / "train", tmp_path / "a.tgz")  # the archive has changed, and is no tree of splits now
    with pytest.raises(SystemExit, match=r"There is no folder .*train, expected one with a folder of images"):
        train(*words)


@pytest.mark.parametrize("member", ["../out.txt", "/tmp/out.txt", "train/../../out.txt"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_member_that_climbs_out_is_refused(photos: Path, tmp_path: Path, name: str, member: str) -> None:
    archive = tmp_path / "in" / name
    archive.parent.mkdir()
    if name == "a.zip":
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr(member, "x")
    else:
        with tarfile.open(archive, FORMATS[name]) as tarred:  # type: ignore[call-overload]
            info = tarfile.TarInfo(member)
            info.size = 1
            tarred.addfile(info, io.BytesIO(b"x"))
    if name != "a.zip" and member.startswith("/"):  # the data filter of tarfile takes the slash away, and stays inside
        assert (unpacked(archive, tmp_path / "root") / "tmp/out.txt").is_file()
        return
    with pytest.raises(InputError, match="has a member that leads out of it"):
        unpacked(archive, tmp_path / "root")
    assert not list((tmp_path / "root").iterdir())
    assert not (tmp_path / "out.txt").exists()


def test_files_that_are_no_archive_are_refused_and_leave_nothing(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    pack(photos, tmp_path / "a.tgz")
    whole = (tmp_path / "a.tgz").read_bytes()
    with pytest.raises(InputError, match=r"There is no file .*b\.zip, expected an archive"):
        unpacked(tmp_path / "b.zip", root)
    for content, sentence in {
        b"hello": "is not an archive, expected tar",
        whole[: len(whole) // 2]: "cannot be unpacked",
    }.items():
        (tmp_path / "b.tgz").write_bytes(content)
        with pytest.raises(InputError, match=sentence):
            unpacked(tmp_path / "b.tgz", root)
        assert not list(root.iterdir())

    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile, "copyfileobj", full)
    with pytest.raises(InputError, match=r"cannot be unpacked .*No space left on device.* the disk has space"):
        unpacked(tmp_path / "a.tgz", root)
    assert not list(root.iterdir())


def test_broken_images_are_skipped_counted_and_named(train: Train, photos: Path) -> None:
    for name in ("train/red/0.jpg", "train/blue/1.png", "test/red/2.png"):
        (photos / name).write_text("no image")
    words = ["dataset=image_folder", f"dataset.root={photos}", "trainer=cpu", "trainer.max_epochs=1", "callback=none"]
    log = (train(*words, "data.on_error=skip") / "train.log").read_text()
    assert "ImageFolder test: 1 of 18 samples were left out:" in log
    for name in ("train/red/0.jpg", "train/blue/1.png", "test/red/2.png"):
        assert f"{photos / name} cannot be read as an image" in log


def test_files_are_read_and_cached_transformers_run_once_augmentation_every_epoch(
    train: Train, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = dict.fromkeys(("read", "fit", "augment"), 0)

    def counted(name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any) -> Any:
            calls[name] += 1
            return whole(*arguments)

        return count

    monkeypatch.setattr(image_folder, "read_image", counted("read", read_image))
    monkeypatch.setattr(FitImage, "__call__", counted("fit", FitImage.__call__))
    monkeypatch.setattr(Flip, "__call__", counted("augment", Flip.__call__))
    words = ["dataset=image_folder", f"dataset.root={photos}", "trainer.max_epochs=3", "data.batch_size=12"]
    train(*words, "transformer/augment=flip", "trainer=cpu", "callback=none")
    assert calls["read"] == calls["fit"] == 54 + 18
    assert 3 * 4 <= calls["augment"] <= 3 * 4 + 1  # four batches an epoch


def test_a_filter_keeps_values_of_a_field(train: Train) -> None:
    train(*QUICK, "data/split/filter=by_value", "data.split.filter.values=[3,7]", "callback=none")
    whole, some = (
        DataModule(Digits(), identity, split=SplitOptions(filter=keep)) for keep in (None, ByValue("label", [3, 7]))
    )
    for data in (whole, some):
        data.setup("fit")
    expected = [place for place, label in _labels(whole.splits["test"]) if label in (3, 7)]
    assert [place for place, _ in _labels(some.splits["test"])] == expected
    assert all({label for _, label in _labels(batch)} == {3, 7} for batch in some.splits.values())
    with pytest.raises(InputError, match=r"field = lable: expected one of label, image"):
        DataModule(Digits(), identity, split=SplitOptions(filter=ByValue("lable", [3]))).setup("fit")
    with pytest.raises(SystemExit, match="has no train samples that the filter keeps"):
        train(*QUICK, "data/split/filter=by_value", "data.split.filter.values=[77]")


def _labels(batch: Batch) -> list[tuple[int, int]]:
    return list(zip(batch.id.tolist(), batch.target.label.tolist(), strict=True))


def test_balanced_sampling_draws_every_class_equally_often(train: Train) -> None:
    train(*QUICK, "data.sampling.balance=true", "callback=none")

    class Skewed(Digits):
        def tokens(self, split: Any) -> list[int]:
            tokens = super().tokens(split)
            return [token for place, token in enumerate(tokens) if self.get_label(token) < 2 or place % 9 == 0]

    counts = {}
    for balance in (False, True):
        data = DataModule(Skewed(), identity, sampling=SamplingOptions(balance=balance))
        data.setup("fit")
        labels = torch.cat([batch.target.label for batch in data.train_dataloader()])
        counts[balance] = labels.bincount(minlength=10)
        assert len(labels) == len(data.splits["train"].id)
        assert torch.cat([batch.target.label for batch in data.val_dataloader()]).equal(data.splits["val"].target.label)
    assert counts[False].max() > 5 * counts[False].min()
    assert counts[True].max() - counts[True].min() <= 1


@pytest.mark.parametrize("name", options("loss"))
def test_every_loss_honours_the_weights_of_samples(name: str) -> None:
    data = DataModule(Digits(), identity, limit_samples=8)
    data.setup("fit")
    pipeline = Pipeline(data.definition, MLP, *parts())
    pipeline.fit(data.splits["train"].input)
    model = Supervised(pipeline, from_config(name), torch.optim.SGD)
    model.trainer = Trainer(accelerator="cpu")

    def gradients(places: list[int], weights: list[float]) -> tuple[list[torch.Tensor], float]:
        batch = index_batch(data.splits["train"], torch.tensor(places))._replace(
            weight=torch.tensor(weights, dtype=torch.float32)
        )
        model.zero_grad()
        model.training_step(batch, 0).backward()
        return [parameter.grad for parameter in pipeline.parameters() if parameter.grad is not None], float(
            model.train_meter.compute()["loss"]
        )

    for one, other in [
        (([0, 1, 2], [2, 1, 1]), ([0, 0, 1, 2], [1, 1, 1, 1])),
        (([0, 1, 2], [0, 3, 3]), ([1, 2], [1, 1])),
    ]:
        (first, loss), (second, again) = gradients(*one), gradients(*other)  # type: ignore[arg-type]
        assert loss == pytest.approx(again, rel=1e-5)
        assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(first, second, strict=True))


def test_cached_transformers_work_in_their_modes(train: Train) -> None:
    seen: list[Sample] = []

    def counted(definition: Any) -> Callable[[Sample], Sample]:
        def count(sample: Sample) -> Sample:
            seen.append(sample)
            return sample

        return count

    definition = Digits().definition()
    pipeline = Pipeline(definition, MLP, *parts(), cached={"count": counted}, modes={"count": ["train", "predict"]})
    sample = Digits().samples(Digits().tokens("test"))[0]
    calls = []
    for mode in MODES:
        seen.clear()
        pipeline.prepare(sample, mode)
        calls.append(len(seen))
    assert calls == [1, 0, 0, 1]
    Predictor({"": pipeline})([sample.input])
    assert len(seen) == 2
    folder = train(*QUICK, "+transformer.modes.fit=[train,val,test]", "trainer.max_epochs=1")
    assert load(folder / "checkpoints/last.ckpt").modes == {"fit": ["train", "val", "test"]}
    with pytest.raises(SystemExit, match=r"transformer\.modes\.fitt: there is no such cached transformer, known: fit"):
        train(*QUICK, "+transformer.modes.fitt=[train]")
    with pytest.raises(
        SystemExit, match=r"transformer\.modes\.fit\.0 = 'trian': expected one of train, val, test, predict"
    ):
        train(*QUICK, "+transformer.modes.fit=[trian]")


def test_an_input_that_is_dropped_has_no_answer() -> None:
    pipeline = Pipeline(Digits().definition(), MLP, *parts(), cached={"none": lambda _: lambda sample: None})
    with pytest.raises(InputError, match="A cached transformer drops an input"):
        Predictor({"": pipeline})([Digits().samples(Digits().tokens("test"))[0].input])


def test_the_three_colours_are_all_there(photos: Path) -> None:
    assert tuple(LabelsCSV(str(photos)).classes) == tuple(sorted(COLOURS))
