"""Input of a network's last layer, and thumbnails of its images."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..models.pipeline import Pipeline

SIDE = 48  # maximum width and height of a thumbnail in pixels: TensorBoard loads all of them as one image


def before_last_layer(pipeline: Pipeline, input: NamedTuple) -> Tensor | None:
    """Input of the last executed layer with weights, (samples, features) as float32 on the CPU.

    None if no such layer gets a tensor with one row per sample.
    """
    count = len(input[0])
    recorded: list[Tensor] = []

    def record(layer: nn.Module, arguments: tuple[object, ...]) -> None:
        if arguments and isinstance(arguments[0], Tensor) and arguments[0].ndim > 1 and len(arguments[0]) == count:
            recorded[:] = [arguments[0]]

    layers = [layer for layer in pipeline.network.modules() if next(layer.parameters(recurse=False), None) is not None]
    handles = [layer.register_forward_pre_hook(record) for layer in layers]
    try:
        with pipeline.evaluating():
            pipeline(input)
    finally:
        for handle in handles:
            handle.remove()
    return recorded[0].flatten(1).float().cpu() if recorded else None


def thumbnails(input: Iterable[Tensor]) -> Tensor | None:
    """First uint8 field with 1 or 3 channels as square RGB images, (B, 3, side, side) float32 from 0 to 1.

    None if the input has no images.
    """
    for field in input:
        if field.dtype == torch.uint8 and field.ndim == 4 and field.shape[1] in (1, 3):
            side = min(SIDE, max(field.shape[2:]))
            small = interpolate(field.float().cpu() / 255, (side, side), mode="bilinear", antialias=True)
            return small.expand(-1, 3, -1, -1)
    return None
