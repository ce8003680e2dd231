"""A pipeline in a safetensors file: its tensors, and the plain data as JSON in the metadata."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..core.errors import InputError, first_line
from .plain_data import dumps, loads


def write(path: Path, key: str, data: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Tensors by name, each with memory of its own, and the plain `data` under a `key`.

    Raises:
        InputError: the data are not plain, or something else than a tensor stands among the tensors.
    """
    try:
        text = dumps(data)
        # Tensors that share memory, or whose numbers have another order, are not for this format.
        alone = {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}
        save_file(alone, path, metadata={key: text})
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"What was trained cannot be kept as safetensors ({first_line(error)}).") from error


def is_one(path: Path) -> bool:
    """Whether a file begins as safetensors do: eight bytes for the length of a header, then its first bracket."""
    with path.open("rb") as file:
        return file.read(9)[8:] == b"{"


def read(path: Path, key: str, device: str | torch.device) -> tuple[Any, dict[str, Tensor]]:
    """The plain data under a `key`, and the tensors by name."""
    with safe_open(path, framework="pt", device=str(device)) as file:
        return loads((file.metadata() or {})[key]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
