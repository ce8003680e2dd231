"""What a network has made of its input just before it answers."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ..models.pipeline import Pipeline

SIDE = 48  # pixels of a thumbnail at most: TensorBoard loads all of them as one picture


def before_last_layer(pipeline: Pipeline, input: Any) -> Tensor | None:
    """What enters the last layer with weights that ran, (samples, features) as float32 on the CPU; None where no such
    layer is given a tensor with one row a sample.
    """
    count = len(input[0])
    seen: list[Tensor] = []

    def look(layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        if arguments and isinstance(arguments[0], Tensor) and arguments[0].ndim > 1 and len(arguments[0]) == count:
            seen[:] = [arguments[0]]

    layers = [layer for layer in pipeline.network.modules() if next(layer.parameters(recurse=False), None) is not None]
    handles = [layer.register_forward_pre_hook(look) for layer in layers]
    try:
        with pipeline.evaluating():
            pipeline(input)
    finally:
        for handle in handles:
            handle.remove()
    return seen[0].flatten(1).float().cpu() if seen else None


def thumbnails(input: Any) -> Tensor | None:
    """The first field of bytes in 1 or 3 channels, as small square colour images with values from 0 to 1; None where
    the input has no images.
    """
    for field in input:
        if field.dtype == torch.uint8 and field.ndim == 4 and field.shape[1] in (1, 3):
            side = min(SIDE, max(field.shape[2:]))
            small = interpolate(field.float().cpu() / 255, (side, side), mode="bilinear", antialias=True)
            return small.expand(-1, 3, -1, -1)
    return None
