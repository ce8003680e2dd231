"""Reading one image file of any type and colour mode."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image, ImageOps
from torch import Tensor

from ..errors import InputError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
GRAY_MODES = ("1", "L", "LA")


def read_image(path: Path) -> UInt8[Tensor, "channels height width"]:
    """The image upright, as gray (1 channel) where the file is gray and as RGB (3 channels) otherwise.

    Transparency is dropped; 16 bits are brought to 8.

    Raises:
        InputError: the file is no image that Pillow can read; names it.
    """
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)
            if image.mode.startswith("I;16"):
                pixels = (np.asarray(image) >> 8).astype(np.uint8)
            else:
                pixels = np.array(image.convert("L" if image.mode in GRAY_MODES else "RGB"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: correct its name where it is listed, or put it there.") from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be read as an image ({error}): repair it, or remove it.") from error
    return torch.from_numpy(np.atleast_3d(pixels)).permute(2, 0, 1)
