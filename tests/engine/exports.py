"""What is asked of an exported file: its model card, and whether predictions agree."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

Export = Callable[..., Path]


def same(one: Tensor, two: Tensor) -> bool:
    """Whether two predictions agree up to rounding."""
    return one.dtype == two.dtype and one.shape == two.shape and torch.allclose(one.double(), two.double(), atol=1e-5)


def card_of(file: Path) -> str:
    """Model card of an exported file."""
    return file.with_name(f"{file.name}.md").read_text()
