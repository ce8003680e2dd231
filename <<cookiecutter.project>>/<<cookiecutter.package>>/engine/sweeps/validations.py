"""Validations of a job of a search, as its pruner sees them: a file in its folder."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..core.files import atomic_write
from ..core.plain import PlainData

VALIDATIONS = "validations.json"


@dataclass
class Validations:
    """Monitored score by the number of the epoch.

    `pruned`: the epoch after which the job was ended, None if it was not; `attributes`: what its pruner remembers.
    """

    scores: dict[int, float] = field(default_factory=dict)
    pruned: int | None = None
    attributes: PlainData = field(default_factory=dict)


def read_validations(run: Path) -> Validations:
    """Validations so far; none if the job has no pruner."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        content = json.loads((run / VALIDATIONS).read_text(encoding="utf-8"))
        scores = {int(epoch): float(score) for epoch, score in content["scores"].items()}
        return Validations(scores, content["pruned"], content["attributes"])
    return Validations()


def write_validations(run: Path, validations: Validations) -> None:
    """Write the validations."""
    with atomic_write(run / VALIDATIONS) as path:
        path.write_text(json.dumps(asdict(validations)) + "\n", encoding="utf-8")


def is_pruned(run: Path) -> bool:
    """Whether a job was ended by its pruner."""
    return read_validations(run).pruned is not None
