"""Pretrained weights: downloaded once, and loaded as far as their shapes match."""

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
    """torchvision's default weights of the model `name`, from torch's cache or its server.

    Raises:
        InputError: they cannot be downloaded or read; names the file and its folder.
    """
    weights: Any = get_model_weights(name).DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rpartition("/")[2]
    try:
        state: dict[str, Tensor] = weights.get_state_dict(
            progress=False, check_hash=True, weights_only=True, map_location="cpu"
        )
    except Exception as error:  # of the network, the disk, or torch.load
        raise InputError(
            f"The pretrained weights of {name} cannot be {'read' if file.exists() else 'fetched'} "
            f"({first_line(error)}): put {weights.url} into {file.parent}, or use pretrained=false."
        ) from error
    return state


def load_matching(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Copy each tensor whose shape matches; the names of the others are logged.

    Filters of RGB images are summed over the channels for gray ones: the output for a gray image is then that for the
    same image in three equal channels.
    """
    own, matching = network.state_dict(), {}
    for name in own.keys() & weights.keys():
        value = weights[name]
        if value.ndim == 4 and own[name].shape == (value.shape[0], 1, *value.shape[2:]):
            value = value.sum(1, keepdim=True)
        if value.shape == own[name].shape:
            matching[name] = value
    network.load_state_dict(matching, strict=False)
    report(len(matching), [name for name in own if name not in matching and not name.endswith("num_batches_tracked")])


def report(count: int, fresh: list[str]) -> None:
    """Log how many tensors were loaded, and the names of those that keep their initialization."""
    log.info("pretrained: %d tensors loaded; not loaded, initialized randomly: %s", count, ", ".join(fresh) or "none")
