"""Archives of a folder."""

import tarfile
import zipfile
from pathlib import Path

FORMATS = {"a.tar": "w", "a.tgz": "w:gz", "a.tar.gz": "w:gz", "a.zip": ""}


def pack(photos: Path, archive: Path, top: str = "photos") -> None:
    """Write a folder as an archive of the format that its name ends in, below a folder `top`."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("./", "")  # as some tools write it
            for path in photos.rglob("*.*"):
                file.write(path, Path(top) / path.relative_to(photos))
    else:
        with tarfile.open(archive, FORMATS[archive.name]) as file:  # type: ignore[call-overload]
            file.add(photos, top or ".")
