"""Published datasets: MNIST, CIFAR and the digits of scikit-learn."""

from pathlib import Path

import pytest
import torch
from image_stand_ins import cifar_stand_in, stand_in
from project import Train, rows
from sklearn.datasets import load_digits

from my_project.datasets.cifar import CIFAR10, CIFAR100
from my_project.datasets.digits import Digits


@pytest.mark.slow
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


def test_digits_are_those_of_scikit_learn() -> None:
    scans, labels = load_digits(return_X_y=True)
    expected = torch.from_numpy(scans).mul(255 / 16).round().to(torch.uint8)
    assert torch.equal(Digits().images.flatten(1), expected)
    assert Digits().labels.tolist() == labels.tolist()
