"""Atomic extraction of archives."""

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from ..core.errors import InputError

FILE_EXTENSIONS = (".tar", ".tgz", ".tar.gz", ".zip")


def unpacked(archive: Path, root: Path) -> Path:
    """Folder below `root` with the content of a tar, tgz, tar.gz or zip file, extracted if it does not exist.

    The folder name depends on size and modification time of the archive, so a changed one is extracted again. Links and
    members that point outside the folder are refused.

    Raises:
        InputError: the file does not exist, is not an archive or damaged, a member points outside, or the disk is full.
    """
    if not archive.is_file():
        raise InputError(f"There is no file {archive}, expected an archive: tar, tgz, tar.gz or zip.")
    state = archive.stat()
    digest = blake2b(f"{archive.name} {state.st_size} {state.st_mtime_ns}".encode(), digest_size=4).hexdigest()
    folder = root / f"{archive.name.partition('.')[0]}-{digest}"
    if not folder.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".unpacking-") as temporary:
            _unpack(archive, Path(temporary) / "content")
            try:
                (Path(temporary) / "content").rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was faster
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
            raise InputError(f"{archive} is not an archive, expected tar, tgz, tar.gz or zip.")
    except tarfile.FilterError as error:
        raise InputError(f"{archive} has a member that leads out of it ({error}): pack it again without it.") from error
    except (OSError, EOFError, RuntimeError, tarfile.TarError, zipfile.BadZipFile, zlib.error, shutil.Error) as error:
        raise InputError(
            f"{archive} cannot be unpacked into {folder.parents[1]} ({error}): check that the archive is complete and "
            "the disk has space."
        ) from error


def _check_names(file: zipfile.ZipFile, archive: Path) -> None:
    for name in file.namelist():  # zipfile would silently extract such members elsewhere
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name.partition("/")[0]:
            raise InputError(f"{archive} has a member that leads out of it ({name}): pack it again without it.")
