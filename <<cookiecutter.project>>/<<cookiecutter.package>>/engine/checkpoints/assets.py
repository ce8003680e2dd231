"""Assets of a definition as plain data, and their bytes as tensors."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..core.asset import Asset
from ..core.plain import PlainData

DIGEST = "(asset)"  # an asset is {DIGEST: its digest} in plain data
PREFIX = "asset."  # before the digest, in the names of the tensors that hold the bytes


def plain(arguments: Mapping[str, object]) -> PlainData:
    """Arguments with the digests of assets in their place."""
    return {name: {DIGEST: value.digest} if isinstance(value, Asset) else value for name, value in arguments.items()}


def restored(arguments: PlainData, contents: Mapping[str, bytes]) -> PlainData:
    """The arguments that `plain` has changed, with the bytes in `contents` by digest."""

    def restore(value: object) -> object:
        if not isinstance(value, dict) or set(value) != {DIGEST}:
            return value
        return Asset(value[DIGEST], contents.get(value[DIGEST]))

    return {name: restore(value) for name, value in arguments.items()}


def tensors_of(arguments: Mapping[str, object]) -> dict[str, Tensor]:
    """Bytes of the assets among some arguments, each (bytes,) uint8, by `PREFIX` and digest."""
    found = [value for value in arguments.values() if isinstance(value, Asset)]
    return {PREFIX + each.digest: torch.frombuffer(bytearray(each.read()), dtype=torch.uint8) for each in found}


def contents_of(tensors: Mapping[str, Tensor]) -> dict[str, bytes]:
    """Bytes by digest, from the tensors of `tensors_of` among others."""
    named = {name.removeprefix(PREFIX): tensor for name, tensor in tensors.items() if name.startswith(PREFIX)}
    return {digest: tensor.cpu().numpy().tobytes() for digest, tensor in named.items()}
