"""Atomic extraction of archives, within limits."""

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from ..core.errors import InputError

FILE_EXTENSIONS = (".tar", ".tgz", ".tar.gz", ".zip")
MEMBERS, TOTAL = 10_000_000, 500 * 10**9  # largest number of members, and of bytes that they unpack to
RATIO = 200  # largest total, in sizes of the archive, from
SMALL = 10**8  # bytes on


def unpacked(archive: Path, root: Path, trusted_archive: bool = False) -> Path:
    """Folder below `root` with the content of a tar, tgz, tar.gz or zip file, extracted if it does not exist.

    The folder name depends on size and modification time of the archive, so a changed one is extracted again. Links and
    members that point outside the folder are refused. `trusted_archive`: without limits of size.

    Raises:
        InputError: the file does not exist, is not an archive or damaged, a member points outside, the content is too
            large, or the disk is full.
    """
    if not archive.is_file():
        raise InputError(f"There is no file {archive}, expected an archive: tar, tgz, tar.gz or zip.")
    state = archive.stat()
    digest = blake2b(f"{archive.name} {state.st_size} {state.st_mtime_ns}".encode(), digest_size=4).hexdigest()
    folder = root / f"{archive.name.partition('.')[0]}-{digest}"
    if not folder.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root, prefix=".unpacking-") as temporary:
            _unpack(archive, Path(temporary) / "content", None if trusted_archive else Budget(archive))
            try:
                (Path(temporary) / "content").rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was faster
                    raise
    return folder


class Budget:
    """Count of what is unpacked, which ends with an InputError at a limit."""

    def __init__(self, archive: Path) -> None:
        self.archive, self.size = archive, archive.stat().st_size
        self.members, self.total = 0, 0

    def add(self, size: int) -> None:
        """Count a member of `size` bytes before it is written.

        Raises:
            InputError: there are too many members, or they are too large.
        """
        self.members, self.total = self.members + 1, self.total + size
        excess = ""
        if self.members > MEMBERS:
            excess = f"more than {MEMBERS:,} members"
        elif self.total > TOTAL:
            excess = f"more than {TOTAL:,} bytes"
        elif self.total > max(SMALL, RATIO * self.size):
            excess = f"more than {RATIO} times its size"
        if excess:
            raise InputError(
                f"{self.archive} unpacks to {excess}, like an archive made to fill a disk: if it is from a source that "
                "you trust, unpack it yourself and name the folder, or set trusted_archive to true."
            )


def _unpack(archive: Path, folder: Path, budget: Budget | None) -> None:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as file:
                _check_names(file, archive)
                for info in file.infolist():  # their sizes limit what zipfile reads
                    if budget is not None:
                        budget.add(info.file_size)
                file.extractall(folder)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as file:
                file.extractall(folder, _counted(file, budget) if budget else None, filter="data")
        else:
            raise InputError(f"{archive} is not an archive, expected tar, tgz, tar.gz or zip.")
    except tarfile.FilterError as error:
        raise InputError(f"{archive} has a member that leads out of it ({error}): pack it again without it.") from error
    except (OSError, EOFError, RuntimeError, tarfile.TarError, zipfile.BadZipFile, zlib.error, shutil.Error) as error:
        raise InputError(
            f"{archive} cannot be unpacked into {folder.parents[1]} ({error}): check that the archive is complete and "
            "the disk has space."
        ) from error


def _counted(file: tarfile.TarFile, budget: Budget) -> Iterator[tarfile.TarInfo]:
    """Members of a tar file, each counted before it is unpacked: the file has no list of them."""
    for member in file:
        budget.add(member.size)
        yield member


def _check_names(file: zipfile.ZipFile, archive: Path) -> None:
    for name in file.namelist():  # zipfile would silently extract such members elsewhere
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name.partition("/")[0]:
            raise InputError(f"{archive} has a member that leads out of it ({name}): pack it again without it.")
