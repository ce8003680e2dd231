"""Pipelines as safetensors files: the tensors, and plain data as JSON in the metadata."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..core.errors import InputError, first_line
from ..core.plain import Config, PlainData
from .plain_data import dumps, loads


def write(path: Path, key: str, data: Config, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name, and the plain `data` under `key`.

    Raises:
        InputError: the data are not plain, or a value in `tensors` is not a tensor.
    """
    try:
        text = dumps(data)
        # The format has no tensors that share memory or are not contiguous.
        copies = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
        save_file(copies, path, metadata={key: text})
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"The pipeline cannot be kept as safetensors ({first_line(error)}).") from error


def is_one(path: Path) -> bool:
    """Whether a file starts as safetensors: 8 bytes with the length of the header, then its first bracket."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def read(path: Path, key: str, device: str | torch.device) -> tuple[PlainData, dict[str, Tensor]]:
    """Read the plain data under `key`, and the tensors by name."""
    with safe_open(path, framework="pt", device=str(device)) as file:
        return loads((file.metadata() or {})[key]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
