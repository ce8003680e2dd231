"""Files that hold predictions, one or several for each input."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.files import atomic_write
from ..definitions.presentation import Presentation
from .inputs import Input

OUTPUT = "output"  # column with the names of the files


class OutputFiles:
    """Files in `folder`, each named like its input."""

    def __init__(self, presentation: Presentation, folder: Path) -> None:
        self.presentation, self.folder = presentation, folder
        self.names: set[str] = set()

    def write(self, prediction: NamedTuple, inputs: Sequence[Input]) -> dict[str, list[str | int | float | None]]:
        """Write the files of a batch; returns the column `output` with their names, or nothing if there are none."""
        files = self.presentation.files(prediction, [item.record for item in inputs])
        if not any(files):
            return {}
        names: list[str | int | float | None] = []
        for item, contents in zip(inputs, files, strict=True):
            stem = self._unique(Path(item.name).stem)
            for extension, content in contents.items():
                with atomic_write(self.folder / f"{stem}{extension}") as path:
                    path.write_bytes(content)
            names.append(" ".join(f"{self.folder.name}/{stem}{extension}" for extension in contents))
        return {OUTPUT: names}

    def _unique(self, stem: str) -> str:
        name, number = stem, 1
        while name in self.names:
            number += 1
            name = f"{stem}-{number}"
        self.names.add(name)
        return name
