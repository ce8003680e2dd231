"""Unpacking an archive of data, once and all of it or nothing."""

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from ..core.errors import InputError

SUFFIXES = (".tar", ".tgz", ".tar.gz", ".zip")


def unpacked(archive: Path, root: Path) -> Path:
    """The folder below `root` with the content of a tar, tgz, tar.gz or zip file; it is made where it is not there yet.

    Its name tells size and time of the archive, so a changed one is unpacked anew. Links and members that lead out of
    the folder are refused.

    Raises:
        InputError: there is no such file, it is no archive, it is damaged, a member climbs out, or the disk is full.
    """
    if not archive.is_file():
        raise InputError(f"There is no file {archive}, expected an archive: tar, tgz, tar.gz or zip.")
    facts = archive.stat()
    mark = blake2b(f"{archive.name} {facts.st_size} {facts.st_mtime_ns}".encode(), digest_size=4).hexdigest()
    folder = root / f"{archive.name.partition('.')[0]}-{mark}"
    if not folder.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".unpacking-") as place:
            _unpack(archive, Path(place) / "content")
            try:
                (Path(place) / "content").rename(folder)
            except OSError:
                if not folder.is_dir():  # else another process was faster
                    raise
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                _check_names(file, archive)
                file.extractall(folder)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as file:
                file.extractall(folder, filter="data")
        else:
            raise InputError(f"{archive} is no archive, expected tar, tgz, tar.gz or zip.")
    except tarfile.FilterError as error:
        raise InputError(f"{archive} has a member that leads out of it ({error}): pack it anew without.") from error
    except (OSError, EOFError, RuntimeError, tarfile.TarError, zipfile.BadZipFile, zlib.error, shutil.Error) as error:
        raise InputError(
            f"{archive} cannot be unpacked into {folder.parents[1]} ({error}): look whether the archive is whole and "
            "the disk has room."
        ) from error


def _check_names(file: zipfile.ZipFile, archive: Path) -> None:
    for name in file.namelist():  # zipfile would put such members elsewhere, silently
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name.partition("/")[0]:
            raise InputError(f"{archive} has a member that leads out of it ({name}): pack it anew without.")
