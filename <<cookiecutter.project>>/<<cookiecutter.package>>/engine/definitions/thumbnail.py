"""Small pictures of samples, as PNG files."""

import io

from PIL import Image
from torch import Tensor

SIDE = 160  # pixels, at most


def png_of(picture: Tensor) -> bytes:
    """PNG of pixels (H, W, 1 or 3) uint8, made smaller to 160 pixels where they are more."""
    pixels = picture.cpu().numpy()
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    image.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    image.save(file, "png", optimize=True)
    return file.getvalue()
