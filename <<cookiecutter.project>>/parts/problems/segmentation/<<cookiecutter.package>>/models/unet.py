"""U-Net."""

from itertools import pairwise
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..definitions.segmentation import Segmentation


class Block(nn.Sequential):
    """Two convolutions, each with batch normalization and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[nn.Module] = []
        for channels in (inputs, outputs):
            layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        super().__init__(*layers)


class Decoder(nn.Module):
    """Upsample the deepest features level by level, each joined with those of the encoder.

    `channels`: of the encoder's levels, from the finest.
    """

    def __init__(self, channels: list[int]) -> None:
        super().__init__()
        pairs = pairwise(channels)
        self.blocks = nn.ModuleList(Block(fine + coarse, fine) for fine, coarse in pairs)

    def forward(self, levels: list[Tensor]) -> Tensor:
        *skips, x = levels
        for block, skip in zip(reversed(self.blocks), reversed(skips), strict=True):
            x = block(torch.cat([skip, interpolate(x, skip.shape[-2:], mode="bilinear")], 1))
        return x


class UNet(nn.Module):
    """`depth` levels of resolution, `width` channels at the finest, twice as many at each coarser one.

    Source: Ronneberger et al., U-Net, 2015; with batch normalization, padded convolutions and bilinear upsampling.
    """

    def __init__(
        self, definition: Segmentation, depth: Annotated[int, Ge(1)] = 4, width: Annotated[int, Ge(1)] = 16
    ) -> None:
        super().__init__()
        channels = [width * 2**level for level in range(depth)]
        self.encoder = nn.ModuleList(map(Block, [definition.channels, *channels[:-1]], channels))
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.decoder = Decoder(channels)
        self.head = nn.Conv2d(width, len(definition.classes), 1)

    def forward(self, image: Tensor) -> Tensor:
        levels: list[Tensor] = []
        for block in self.encoder:
            image = block(self.pool(image) if levels else image)
            levels.append(image)
        logits: Tensor = self.head(self.decoder(levels))
        return logits
