"""Images of any type and colour mode, as tensors."""

from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps
from torch import Tensor

from ..engine.core.errors import InputError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
GRAY_MODES = ("1", "L", "LA")


def read_image(file: Path | IO[bytes]) -> UInt8[Tensor, "channels height width"]:
    """The image upright, as gray (1 channel) where the file is gray and as RGB (3 channels) otherwise.

    Transparency is dropped; 16 bits are brought to 8. An open file may come from anywhere, and for some types Pillow
    starts other programs: it must be of a type of SUFFIXES, whatever its name.

    Raises:
        InputError: the file is no image that Pillow can read; names it.
    """
    name, types = str(file), None
    if not isinstance(file, Path):
        name = getattr(file, "name", "the file")
        types = sorted({kind for suffix, kind in Image.registered_extensions().items() if suffix in SUFFIXES})
    try:
        with Image.open(file, formats=types) as image:
            ImageOps.exif_transpose(image, in_place=True)
            return pixels_of(image)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {name}: correct its name where it is listed, or put it there.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{name} cannot be read as an image ({error}): repair it, or remove it.") from error


def pixels_of(image: Image.Image) -> UInt8[Tensor, "channels height width"]:
    """Gray (1 channel) where the image is gray, and RGB (3 channels) otherwise."""
    if image.mode.startswith("I;16"):
        pixels = (np.asarray(image) >> 8).astype(np.uint8)
    else:
        mode = "L" if image.mode in GRAY_MODES else "RGB"
        pixels = np.array(image if image.mode == mode else image.convert(mode))
    return _channels_first(pixels)


def _channels_first(pixels: Any) -> Tensor:
    # Contiguous, for torch takes no array that is read backwards.
    return torch.from_numpy(np.atleast_3d(np.ascontiguousarray(pixels))).permute(2, 0, 1)


def as_image(value: Any) -> UInt8[Tensor, "channels height width"]:
    """A path, a file opened to read bytes, a Pillow image, an array of [height, width] or [height, width, channels], or
    a tensor of [channels, height, width]; values are uint8 from 0 to 255, channels 1 or 3.

    Raises:
        InputError: it is none of these, or a file that cannot be read.
    """
    if isinstance(value, (str, Path)):
        return read_image(Path(value))
    if hasattr(value, "read"):
        return read_image(value)
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
