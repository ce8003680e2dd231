"""Image files: of every mode; JPEG decoded at a reduced scale where larger than needed, else to Pillow's pixels."""

import inspect
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from image_stand_ins import write_photos
from PIL import ExifTags, Image, ImageOps
from torch import Tensor
from torchvision.transforms.v2.functional import rgb_to_grayscale

from my_project.datasets.image_folder import ImageFolder
from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.errors import InputError
from my_project.engine.data import cache_key
from my_project.engine.definitions.image_file import cover_size, pixels_of, read_image, to_gray
from my_project.engine.models.pipeline import Pipeline
from my_project.models.mlp import MLP
from my_project.transformers.fit_image import FitImage
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize

SIZE = (48, 64)


def photo(width: int, height: int) -> Image.Image:
    """Smooth areas, edges and texture, with the noise of a camera."""
    draws = np.random.default_rng(width + height)
    pixels = draws.integers(118, 139, (height, width, 3)).astype(np.float32)
    for cells, contrast in {9: 60, 40: 40, 160: 25}.items():
        coarse = Image.fromarray(draws.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)
        pixels += contrast / 128 * (smooth - 128)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def save(image: Image.Image, path: Path, orientation: int = 1, subsampling: str = "4:2:0") -> Path:
    exif = Image.Exif()
    if orientation != 1:
        exif[ExifTags.Base.Orientation] = orientation
    image.save(path, quality=90, exif=exif, subsampling=subsampling)
    return path


def decoded(path: Path) -> Tensor:
    """The whole image as Pillow decodes it."""
    with Image.open(path) as image:
        return pixels_of(ImageOps.exif_transpose(image))


def fitted(image: Tensor, size: tuple[int, int] = SIZE) -> Tensor:
    return FitImage(ImageClassification(("a", "b"), 3, *size)).fit(image)


@pytest.mark.parametrize(
    ("sides", "mode", "orientation"),
    [
        ((1203, 901), "RGB", 1),
        ((905, 1211), "RGB", 1),
        ((1201, 907), "L", 1),
        ((905, 1203), "CMYK", 1),
        ((1203, 901), "RGB", 3),
        ((1203, 903), "RGB", 6),
        ((701, 1203), "L", 7),
        ((1208, 904), "CMYK", 8),
        ((263, 215), "RGB", 1),
        ((2009, 301), "RGB", 5),
        ((1200, 905), "L", 2),
        ((901, 1208), "RGB", 4),
    ],
)
def test_a_larger_jpeg_is_decoded_at_a_reduced_scale(
    tmp_path: Path, sides: tuple[int, int], mode: str, orientation: int
) -> None:
    path = save(photo(*sides).convert(mode), tmp_path / "a.jpg", orientation)
    full, reduced = decoded(path), read_image(path, SIZE)
    height, width = full.shape[1:]
    assert reduced.dtype == torch.uint8
    assert tuple(reduced.shape) == (len(full), *cover_size(height, width, SIZE))
    assert (fitted(full).float() - fitted(reduced).float()).abs().mean() < 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:1:1"])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_that_is_not_reduced_has_the_pixels_of_pillow(
    tmp_path: Path, mode: str, subsampling: str, orientation: int
) -> None:
    for number, sides in enumerate([(1, 1), (8, 17), (161, 127), (191, 143)]):
        path = save(photo(*sides).convert(mode), tmp_path / f"{number}.jpg", orientation, subsampling)
        for size in (None, (64, 72)):
            assert read_image(path, size).equal(decoded(path))


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "tif"])
def test_files_of_other_types_keep_their_size(tmp_path: Path, suffix: str) -> None:
    photo(301, 203).save(tmp_path / f"a.{suffix}")
    assert read_image(tmp_path / f"a.{suffix}", (16, 16)).equal(decoded(tmp_path / f"a.{suffix}"))


@pytest.mark.parametrize("size", [None, (16, 16)])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_jpeg_that_ends_early_is_named(tmp_path: Path, size: tuple[int, int] | None, share: float) -> None:
    content = save(photo(401, 303), tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: int(share * len(content))])
    with pytest.raises(InputError, match=r"a\.jpg cannot be read as an image \(image file is truncated"):
        read_image(tmp_path / "a.jpg", size)


def test_a_jpeg_that_is_too_narrow_is_refused_as_any_other_image(tmp_path: Path) -> None:
    path = save(photo(8, 9000), tmp_path / "a.jpg")
    sentences = []
    for size in (None, (8, 8)):
        with pytest.raises(InputError, match="9000 x 8 pixels is too narrow to be cropped to") as caught:
            fitted(read_image(path, size), (8, 8))
        sentences.append(str(caught.value))
    assert sentences[0] == sentences[1]


def test_predictions_read_files_at_a_reduced_scale_too(tmp_path: Path) -> None:
    definition = ImageClassification(("a", "b"), 3, *SIZE)
    path = save(photo(1203, 901), tmp_path / "a.jpg")
    reduced = read_image(path, SIZE)
    assert reduced.shape[1] < 901
    for value in (path, str(path), io.BytesIO(path.read_bytes())):
        assert definition.presentation().load_input(value).image.equal(reduced)
    with pytest.raises(InputError, match="cannot be read as an image"):
        definition.presentation().load_input(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0"))


def test_a_dataset_reads_for_the_definition_that_its_samples_shall_fit(tmp_path: Path) -> None:
    write_photos(tmp_path)
    dataset = ImageFolder(str(tmp_path), size=8)
    token = save(photo(401, 303), tmp_path / "train" / "red" / "large.jpg")
    own = dataset.definition()
    for height, width in ((8, 8), (64, 48)):
        wanted = ImageClassification(own.classes, own.channels, height, width)
        image = dataset.samples([token], wanted)[0].input.image
        assert tuple(image.shape[1:]) == cover_size(303, 401, (height, width))
    assert dataset.samples([token])[0].input.image.shape[1] == 8
    assert torch.as_tensor(dataset.getter("image")(token)).shape[1] == 8


def test_other_code_that_decodes_files_makes_another_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photos(tmp_path)
    dataset = ImageFolder(str(tmp_path))
    parts = (MLP, lambda definition: Standardize(definition, "image"), Probabilities)
    pipeline = Pipeline(dataset.definition(), *parts)
    before = cache_key.cache_key_of(dataset, {}, pipeline, "train")
    assert before == cache_key.cache_key_of(dataset, {}, pipeline, "train")
    (tmp_path / "changed.py").write_text("# other code")

    def changed(code: Any) -> str:
        path = inspect.getfile(code)
        return str(tmp_path / "changed.py") if path.endswith("image_file.py") else path

    monkeypatch.setattr(cache_key, "getfile", changed)
    assert before != cache_key.cache_key_of(dataset, {}, pipeline, "train")


def test_gray_is_bit_equal_to_torchvision() -> None:
    image = torch.randint(256, (3, 64, 48), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    assert torch.equal(to_gray(image), rgb_to_grayscale(image, num_output_channels=1))


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
