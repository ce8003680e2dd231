"""Images of any type and colour mode, as tensors."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import inf, nextafter
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from torch import Tensor
from torch.nn.functional import interpolate

from ..core.errors import InputError
from .images import LAST_READ

FILE_EXTENSIONS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
GRAY_MODES = ("1", "L", "LA")
MARGIN = 2  # a JPEG file that is decoded at a reduced scale has at least 2 x 2 pixels per pixel of the result
LONGEST = 64  # times the size of the result
# By the orientation in EXIF: the axes to flip, after height and width are exchanged if it is in TURNED.
TURNED = (5, 6, 7, 8)
FLIPPED = {2: (-1,), 3: (-2, -1), 4: (-2,), 6: (-1,), 7: (-2, -1), 8: (-2,)}


def read_image(file: Path | IO[bytes], size: tuple[int, int] | None = None) -> UInt8[Tensor, "channels height width"]:
    """Read an image upright, as gray (1 channel) where the file is gray and as RGB (3 channels) otherwise.

    Transparency is dropped; 16 bits are reduced to 8.

    `size`: height and width to which the image will be scaled and cropped. A JPEG file that is much larger is decoded
    at a reduced scale, several times as fast, and returned at its `cover_size`; any other image keeps its size.

    Raises:
        InputError: Pillow cannot read the file as an image, or it has too many pixels.
    """
    with open_image(file) as image:
        if isinstance(image, JpegImageFile):
            return _read_jpeg(image, size)
        ImageOps.exif_transpose(image, in_place=True)
        LAST_READ[:] = [(image.height, image.width)]
        return pixels_of(image)


@contextmanager
def open_image(file: Path | IO[bytes]) -> Iterator[Image.Image]:
    """Open an image, and turn errors of reading it into sentences.

    An open file may be untrusted, and for some types Pillow starts other programs: its content must be of a type of
    FILE_EXTENSIONS. Before it is decoded, an image of more than twice `PIL.Image.MAX_IMAGE_PIXELS` pixels is refused.

    Raises:
        InputError: Pillow cannot read the file as an image, or it has too many pixels.
    """
    name, types = str(file), None
    if not isinstance(file, Path):
        name = getattr(file, "name", "the file")
        types = _types()
    try:
        with Image.open(file, formats=types) as image:
            yield image
    except FileNotFoundError as error:
        raise InputError(f"There is no file {name}: add it, or correct its name in the dataset.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{name} cannot be read as an image ({error}): repair it, or remove it.") from error


@cache
def _types() -> list[str]:
    """Pillow's names of the types of FILE_EXTENSIONS."""
    known = Image.registered_extensions().items()
    return sorted({file_type for extension, file_type in known if extension in FILE_EXTENSIONS})


def pixel_count(file: IO[bytes]) -> int:
    """Pixels of an image by its header; 0 if the file is not an image. The position in the file is kept."""
    position = file.tell()
    try:
        with Image.open(file, formats=_types()) as image:
            return image.width * image.height
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return 0
    finally:
        file.seek(position)


def cover_size(height: int, width: int, size: tuple[int, int]) -> tuple[int, int]:
    """Height and width to which an image is scaled, with its aspect ratio kept, before it is cropped to `size`.

    Raises:
        InputError: the image is so narrow that the scaled one would not fit into memory.
    """
    scale = max(size[0] / height, size[1] / width)
    cover = max(round(height * scale), size[0]), max(round(width * scale), size[1])
    if max(cover) > LONGEST * max(size):
        raise InputError(f"An image of {height} x {width} pixels is too narrow to be cropped to {size}: leave it out.")
    return cover


def _read_jpeg(image: JpegImageFile, size: tuple[int, int] | None) -> Tensor:
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    LAST_READ[:] = [image.size if orientation in TURNED else (image.height, image.width)]
    pixels = None if size is None else _reduced(image, size, orientation in TURNED)
    if pixels is None:
        pixels = _decoded(image)
    if orientation in TURNED:
        pixels = pixels.mT
    return pixels.flip(FLIPPED[orientation]) if orientation in FLIPPED else pixels


def _decoded(image: JpegImageFile) -> Tensor:
    """Decode the whole image. torchvision decodes gray and RGB faster than Pillow, to the same pixels."""
    if image.mode in ("L", "RGB") and image.fp is not None:
        image.fp.seek(0)
        try:
            from torchvision.io import decode_jpeg  # deprecated in torchvision 0.29; Pillow decodes without it

            pixels: Tensor = decode_jpeg(torch.frombuffer(bytearray(image.fp.read()), dtype=torch.uint8))
            return pixels
        except (ImportError, RuntimeError):  # Pillow reads the file, or raises an error that describes the fault
            pass
    return pixels_of(image)


def _reduced(image: JpegImageFile, size: tuple[int, int], turned: bool) -> Tensor | None:
    """Decode the image at its `cover_size`, not yet upright; None if no reduced scale is large enough."""
    full = image.size
    cover = cover_size(*(full if turned else full[::-1]), size)
    height, width = cover[::-1] if turned else cover
    draft = image.draft(None, (MARGIN * width, MARGIN * height))
    if draft is None or image.size == full:
        return None
    # The decoder rounds the sides up: scaling by the exact extent of the file's pixels, `box`, shifts none of them. The
    # next greater number, because `interpolate` rounds the size down.
    _, (*_, box_width, box_height) = draft
    scale = [nextafter(height / box_height, inf), nextafter(width / box_width, inf)]
    return interpolate(pixels_of(image)[None], scale_factor=scale, mode="bilinear", antialias=True)[0]


def pixels_of(image: Image.Image) -> UInt8[Tensor, "channels height width"]:
    """Pixels of a Pillow image: gray (1 channel) if the image is gray, else RGB (3 channels)."""
    if image.mode.startswith("I;16"):
        pixels = (np.asarray(image) >> 8).astype(np.uint8)
    else:
        mode = "L" if image.mode in GRAY_MODES else "RGB"
        pixels = np.array(image if image.mode == mode else image.convert(mode))
    return _channels_first(pixels)


def _channels_first(pixels: NDArray[np.uint8]) -> Tensor:
    # Contiguous, because torch supports no negative strides.
    return torch.from_numpy(np.atleast_3d(np.ascontiguousarray(pixels))).permute(2, 0, 1)


def to_gray(image: Tensor) -> Tensor:
    """Convert (3, H, W) uint8 to (1, H, W), bit-equal to torchvision's rgb_to_grayscale, whose import takes seconds."""
    red, green, blue = image.unbind(0)
    gray = red.mul(0.2989).add_(green, alpha=0.587).add_(blue, alpha=0.114)
    return gray.to(image.dtype).unsqueeze(0)


def as_image(value: Any, size: tuple[int, int] | None = None) -> UInt8[Tensor, "channels height width"]:
    """Convert a path, a binary file, a Pillow image, an array (H, W) or (H, W, C), or a tensor (C, H, W) to a tensor;
    values are uint8 from 0 to 255, channels 1 or 3. `size`: as in `read_image`.

    Raises:
        InputError: it is none of these, or a file that cannot be read.
    """
    if isinstance(value, (str, Path)):
        return read_image(Path(value), size)
    if hasattr(value, "read"):
        return read_image(value, size)
    if isinstance(value, Image.Image):
        return pixels_of(ImageOps.exif_transpose(value))
    image = _channels_first(value) if isinstance(value, np.ndarray) and value.dtype == np.uint8 else value
    if isinstance(image, Tensor) and image.dtype == torch.uint8 and image.ndim == 3 and len(image) in (1, 3):
        return image
    shape = f"{value.dtype} {list(value.shape)}" if isinstance(value, (Tensor, np.ndarray)) else type(value).__name__
    raise InputError(
        f"An image is a path, a file opened to read bytes, a Pillow image, a uint8 array of [height, width, 1 or 3] or "
        f"a uint8 tensor of [1 or 3, height, width], not {shape}."
    )
