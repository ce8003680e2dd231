"""Small files in the format of each dataset that reads files."""

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torchvision
from PIL import Image

from <<cookiecutter.package>>.datasets.cifar import CIFAR10, CIFAR100

COLOURS = {"blue": (40, 60, 220), "green": (30, 200, 60), "red": (220, 50, 40)}


def write_photos(root: Path) -> None:
    """Three classes of noisy single-coloured images: mixed sizes, file types and colour modes."""
    draws = np.random.default_rng(0)
    forms = [("jpg", "RGB"), ("png", "RGBA"), ("png", "P"), ("jpg", "CMYK"), ("webp", "RGB"), ("bmp", "RGB")]
    for split, count in {"train": 18, "test": 6}.items():
        for name, colour in COLOURS.items():
            folder = root / split / name
            folder.mkdir(parents=True)
            for index in range(count):
                size = draws.integers(20, 90, 2)
                pixels = draws.normal(colour, 25, (*size, 3)).clip(0, 255).astype(np.uint8)
                extension, mode = forms[index % len(forms)]
                Image.fromarray(pixels).convert(mode).save(folder / f"{index}.{extension}")
    (root / "train" / "notes.txt").write_text("a stray file is no class")


def stand_in(root: Path, name: str) -> None:
    """Write small files in the format of MNIST."""
    folder = root / name / "raw"
    folder.mkdir(parents=True)
    draws = np.random.default_rng(0)
    for part, count in {"train": 200, "t10k": 50}.items():
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = draws.integers(0, 255, (count, 28, 28)).astype(np.uint8)
        for file, values in {"images-idx3": images, "labels-idx1": labels}.items():
            head = bytes([0, 0, 8, values.ndim]) + b"".join(side.to_bytes(4, "big") for side in values.shape)
            (folder / f"{part}-{file}-ubyte").write_bytes(head + values.tobytes())


def cifar_stand_in(root: Path, name: str) -> None:
    """Write small files in the format of CIFAR."""
    dataset_class, key = getattr(torchvision.datasets, name), "labels" if name == "CIFAR10" else "fine_labels"
    folder = root / dataset_class.base_folder
    folder.mkdir(parents=True)
    draws = np.random.default_rng(0)
    classes = list({"CIFAR10": CIFAR10, "CIFAR100": CIFAR100}[name].classes)
    for file, _ in dataset_class.train_list + dataset_class.test_list:
        count = 4 * len(classes)
        pixels = draws.integers(0, 255, (count, 3072)).astype(np.uint8)
        if file == dataset_class.train_list[0][0]:
            pixels[0] = np.repeat([10, 20, 30], 1024)  # red, green and blue one after the other
        labels = [index % len(classes) for index in range(count)]
        (folder / file).write_bytes(pickle.dumps({"data": pixels, key: labels}))
    (folder / dataset_class.meta["filename"]).write_bytes(pickle.dumps({dataset_class.meta["key"]: classes}))


def write_tables(root: Path) -> None:
    """Write the photos as tables, `image name,label,weight`, one per split."""
    write_photos(root)
    for split in ("train", "test"):
        lines = [
            f"{path.relative_to(root / split)},{path.parent.name},{1 + index % 2}"
            for index, path in enumerate(sorted((root / split).glob("*/*")))
        ]
        (root / split / "labels.csv").write_text("\n".join(["image name,label,weight", *lines]))


def write_lists(root: Path) -> None:
    """Write the tables in the default paths of `list_file`."""
    write_tables(root)
    for split in ("train", "test"):
        lines = (root / split / "labels.csv").read_text().splitlines()
        (root / f"{split}.csv").write_text("\n".join([lines[0], *(f"{split}/{line}" for line in lines[1:])]))


STAND_INS: dict[str, Callable[[Path], None]] = {
    "mnist": partial(stand_in, name="MNIST"),
    "fashion_mnist": partial(stand_in, name="FashionMNIST"),
    "cifar10": partial(cifar_stand_in, name="CIFAR10"),
    "cifar100": partial(cifar_stand_in, name="CIFAR100"),
    "image_folder": write_photos,
    "labels_csv": write_tables,
    "list_file": write_lists,
}
REPEATED = ("fashion_mnist", "cifar100", "labels_csv")
"""Datasets with the same reader as mnist, cifar10 and list_file: checked by the slow tests only."""
