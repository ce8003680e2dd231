"""Images: their files, datasets, augmentation and networks."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from PIL import Image
from project import QUICK, ROOT, Train, identity, rows
from stand_ins import COLOURS, cifar_stand_in, stand_in, write_photos
from torch import Tensor, nn

from my_project.datasets.cifar import CIFAR10, CIFAR100
from my_project.datasets.digits import Digits
from my_project.datasets.image_folder import ImageFolder
from my_project.definitions.image_classification import (
    ClassPrediction,
    ImageClassification,
    ImageInput,
)
from my_project.definitions.image_file import read_image
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.definition import Batch, Sample
from my_project.models.tiny_vgg import TinyVGG
from my_project.transformers.fit_image import FitImage
from my_project.transformers.standardize import Standardize


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    write_photos(tmp_path / "photos")
    return tmp_path / "photos"


def test_only_training_is_augmented() -> None:
    def blacken(batch: Batch, generator: torch.Generator) -> Batch:
        return batch._replace(input=ImageInput(torch.zeros_like(batch.input.image)))

    data = DataModule(Digits(), identity, augment=blacken)
    data.setup("fit")
    assert data.preview("train").input.image.max() == 0
    assert data.preview("val").input.image.max() == 255


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 50, 20), (1, 7, 90), (3, 16, 16)])
def test_fit_image_gives_what_the_definition_says(channels: int, shape: tuple[int, ...]) -> None:
    definition = ImageClassification(("a", "b"), channels, height=16, width=24)
    image = torch.full(shape, 77, dtype=torch.uint8)
    sample = FitImage(definition)(Sample(0, 1.0, ImageInput(image), None))
    assert sample.input.image.shape == (channels, 16, 24)
    assert sample.input.image.dtype == torch.uint8
    assert (sample.input.image.float() - 77).abs().max() <= 1


@pytest.mark.parametrize(
    "raw",
    [torch.zeros(8, 8, 3), torch.zeros(8, 8, dtype=torch.uint8), torch.zeros(8, 8, 3, dtype=torch.uint8), "a.png"],
)
def test_a_raw_image_of_another_form_is_refused(raw: Any) -> None:
    definition = ImageClassification(("a", "b"), channels=3, height=8, width=8)
    with pytest.raises(InputError, match=r"get_image gives .* for sample 7, expected a torch\.uint8 tensor"):
        FitImage(definition)(Sample(7, 1.0, ImageInput(raw), None))


def test_standardize_takes_mean_and_deviation_from_the_split() -> None:
    data = DataModule(Digits(), identity)
    data.setup("fit")
    module = Standardize(data.definition, "image")
    module.fit(data.splits["train"].input)
    values = module(data.splits["train"].input).image
    assert values.mean().item() == pytest.approx(0, abs=1e-4)
    assert values.std().item() == pytest.approx(1, abs=1e-3)


def test_tiny_vgg_has_the_published_size() -> None:
    network = TinyVGG(ImageClassification(tuple("0123456789"), channels=1, height=28, width=28))
    assert sum(parameter.numel() for parameter in network.parameters()) == 8616
    assert (len(list(network.parameters())), len(list(network.buffers()))) == (22, 15)


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "network").glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize(("channels", "height", "width", "classes"), [(1, 8, 8, 2), (3, 32, 20, 7), (3, 224, 224, 100)])
def test_every_network_fits_every_definition(path: Path, channels: int, height: int, width: int, classes: int) -> None:
    definition = ImageClassification(tuple(map(str, range(classes))), channels, height, width)
    network = instantiate(OmegaConf.load(path), _convert_="all")(definition)
    assert network.eval()(torch.zeros(2, channels, height, width)).shape == (2, classes)


def test_cnn_takes_its_layers_from_the_command_line(train: Train) -> None:
    folder = train(*QUICK, "network=cnn", "network.filters=[40,20]", "network.dense=[100]", "trainer.max_epochs=1")
    state = torch.load(folder / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
    shapes = [list(value.shape) for name, value in state.items() if name.endswith("weight")]
    assert shapes == [[40, 1, 2, 2], [20, 40, 2, 2], [100, 80], [10, 100]]


def test_a_folder_of_photos_trains_with_one_override(train: Train, photos: Path) -> None:
    folder = train("dataset=image_folder", f"dataset.root={photos}", "trainer.max_epochs=8", "trainer=cpu")
    assert float(rows(folder)[-1]["test/acc"]) > 0.9
    charts = ("confusion_matrix", "calibration", "precision_recall_curve", "receiver_operating_characteristic")
    assert all((folder / "pictures" / f"{name}.png").exists() for name in (*charts, "worst", "samples_raw"))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: (root / "train").rename(root / "old"), "There is no folder .*train"),
        (lambda root: (root / "train" / "yellow").mkdir(), "Class folder .*yellow has no image"),
        (lambda root: (root / "test" / "yellow").mkdir(), "has classes that train lacks .yellow"),
        (
            lambda root: shutil.copytree(root / "test", root / "val") / "red" and (root / "val" / "x").mkdir(),
            "train lacks .x",
        ),
        (lambda root: (root / "train" / "red" / "9.jpg").write_text("no image"), "9.jpg cannot be read as an image"),
    ],
)
@pytest.mark.parametrize("workers", [0, 2])
def test_bad_folders_are_one_sentence_and_leave_nothing(
    train: Train, photos: Path, spoil: Callable[[Path], Any], sentence: str, workers: int
) -> None:
    spoil(photos)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        train("dataset=image_folder", f"dataset.root={photos}", f"data.num_workers={workers}", "trainer=cpu")
    assert "\n" not in str(stopped.value)
    assert not list(Path("logs").glob("*/*"))


def test_image_files_of_every_mode_are_read(tmp_path: Path) -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    gray = Image.fromarray(pixels)
    for mode, channels in {"1": 1, "L": 1, "LA": 1, "P": 3, "RGB": 3, "RGBA": 3}.items():
        gray.convert(mode).save(tmp_path / f"{mode}.png")
        assert read_image(tmp_path / f"{mode}.png").shape == (channels, 8, 8)
    Image.fromarray(pixels.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    assert torch.equal(read_image(tmp_path / "deep.png")[0], torch.from_numpy(pixels))
    turned = Image.fromarray(pixels[:, :5])
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    assert read_image(tmp_path / "turned.png").shape == (1, 5, 8)


def test_classes_are_sorted_and_labels_follow_them(photos: Path) -> None:
    dataset = ImageFolder(str(photos))
    assert dataset.definition().classes == ("blue", "green", "red")
    for token in dataset.tokens("test"):
        assert dataset.definition().classes[dataset.get_label(token)] == token.parent.name


def test_an_own_validation_folder_is_used(photos: Path) -> None:
    (photos / "test").rename(photos / "val")
    for name in COLOURS:
        (photos / "test" / name).mkdir(parents=True)
        (photos / "val" / name / "0.jpg").rename(photos / "test" / name / "0.jpg")
    dataset = ImageFolder(str(photos), size=8)
    fit = FitImage(dataset.definition())
    data = DataModule(dataset, lambda sample, mode: fit(sample) if mode else None)
    data.setup("fit")
    assert {split: len(batch.id) for split, batch in data.splits.items()} == {"train": 54, "val": 15, "test": 3}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("dataset=mnist",), "MNIST"),
        (("experiment=mnist_cnn",), "MNIST"),
        (("experiment=fashion_mnist_tiny_vgg",), "FashionMNIST"),
    ],
)
def test_mnist_reads_its_files(train: Train, tmp_path: Path, words: tuple[str, ...], name: str) -> None:
    stand_in(tmp_path / "files", name)
    folder = train(*words, f"dataset.root={tmp_path / 'files'}", "trainer=cpu", "trainer.max_epochs=1")
    assert (folder / "checkpoints/best.ckpt").exists()


@pytest.mark.parametrize("name", ["CIFAR10", "CIFAR100"])
def test_cifar_reads_its_files(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    cifar_stand_in(tmp_path / "files", name)
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *_: True)
    dataset = {"CIFAR10": CIFAR10, "CIFAR100": CIFAR100}[name](str(tmp_path / "files"))
    assert dataset.get_image(dataset.tokens("train")[0]).float().mean((1, 2)).tolist() == [10, 20, 30]
    assert all((tmp_path / "files" / dataset.folder / file).is_file() for file in dataset.files)
    words = [f"dataset={name.lower()}", f"dataset.root={tmp_path / 'files'}", "trainer.max_epochs=1", "trainer=cpu"]
    assert "test/acc" in rows(train(*words, "callback=none"))[-1]


def test_mnist_without_files_and_network_says_what_to_put_where(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody answers
    with pytest.raises(SystemExit, match="put train-images-idx3-ubyte, train-labels-idx1-ubyte") as stopped:
        train("dataset=mnist", f"dataset.root={tmp_path / 'files'}", "trainer=cpu")
    assert str(tmp_path / "files/MNIST/raw") in str(stopped.value)
    assert "\n" not in str(stopped.value)
    assert not list(Path("logs").glob("*/*"))


def test_pictures_show_the_samples_with_their_classes() -> None:
    dataset = Digits()
    data = DataModule(dataset, identity)
    data.setup("fit")
    batch = data.preview("val")
    wrong = ClassPrediction((batch.target.label + 1) % 10, torch.zeros(24, 10))
    for prediction, titles in {None: "{0}", wrong: "predicted {1}\ntarget {0}"}.items():
        (axis,) = data.definition.presentation().draw(batch, prediction).axes
        assert len(axis.images) == len(axis.texts) == 24
        for picture, text, sample, place in zip(axis.images, axis.texts, batch.input.image, batch.id, strict=True):
            label = dataset.get_label(dataset.tokens("train")[int(place)])
            assert text.get_text() == titles.format(label, (label + 1) % 10)
            assert np.array_equal(np.asarray(picture.get_array()).squeeze(), sample[0].numpy())


def test_a_field_that_the_network_wants_and_the_input_has_not_is_named() -> None:
    from my_project.engine.models.pipeline import Pipeline
    from my_project.transformers.probabilities import Probabilities

    class Wrong(nn.Module):
        def __init__(self, definition: ImageClassification) -> None:
            super().__init__()

        def forward(self, picture: Tensor) -> Tensor:
            return picture

    with pytest.raises(InputError, match=r"Wrong\.forward takes 'picture', but ImageInput has only image"):
        Pipeline(Digits().definition(), Wrong, lambda _: nn.Identity(), Probabilities)
