"""Weights that others trained: fetched once, and taken over as far as they fit."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import get_model_weights

from ..engine.core.errors import InputError, first_line

log = logging.getLogger(__name__)


def torchvision_weights(name: str) -> dict[str, Tensor]:
    """torchvision's default weights of the model `name`, from torch's cache, else from its server.

    Raises:
        InputError: they are not in the cache and cannot be fetched, or cannot be read; names the file and its place.
    """
    weights: Any = get_model_weights(name).DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    try:
        found: dict[str, Tensor] = weights.get_state_dict(
            progress=False, check_hash=True, weights_only=True, map_location="cpu"
        )
    except Exception as error:  # of the network, of the disk, of a file that is none of torch
        raise InputError(
            f"The pretrained weights of {name} cannot be {'read' if file.exists() else 'fetched'} "
            f"({first_line(error)}): put {weights.url} into {file.parent}, or train with network.pretrained=false."
        ) from error
    return found


def load_matching(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy each tensor whose shape fits; what stays fresh is logged by name.

    Filters over red, green and blue are summed where the images are gray: on a gray image they then answer as they
    would on the same image in three equal channels.
    """
    own, fitting = network.state_dict(), {}
    for name in own.keys() & weights.keys():
        value = weights[name]
        if value.ndim == 4 and own[name].shape == (value.shape[0], 1, *value.shape[2:]):
            value = value.sum(1, keepdim=True)
        if value.shape == own[name].shape:
            fitting[name] = value
    network.load_state_dict(fitting, strict=False)
    report(len(fitting), [name for name in own if name not in fitting and not name.endswith("num_batches_tracked")])


def report(count: int, fresh: list[str]) -> None:
    """Tell how many tensors were loaded and which were not."""
    log.info("pretrained: %d tensors loaded; not loaded, they stay fresh: %s", count, ", ".join(fresh) or "none")
