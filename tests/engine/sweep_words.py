"""What a command line of a sweep would drive."""

from pathlib import Path
from typing import Protocol


class Ask(Protocol):
    """Sweep and options that `train.py -m <words>` would drive; no options if Hydra gets it."""

    def __call__(self, *words: str) -> tuple[Path, dict[str, float]]: ...
