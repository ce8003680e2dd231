"""Files of shards in a folder or an object store, and copies of them on this disk."""

import os
from hashlib import blake2b
from pathlib import Path
from typing import IO, NamedTuple
from zlib import crc32

import fsspec
from filelock import FileLock, Timeout

from ..checkpoints.plain_data import loads
from ..core.errors import InputError, first_line
from ..core.files import atomic_write
from ..core.plain import PlainData

INDEX = "index.json"
FORMAT = 1
BLOCK = 2**20
S3_HINT = "; for s3:// run `uv sync --group s3`"


class Shard(NamedTuple):
    """File of a shard: its samples, bytes, and the checksum of its bytes."""

    file: str
    samples: int
    bytes: int
    crc32: int


class Store:
    """Files of a folder, or of an object store, whose copies lie in `cache` and take at most `limit` bytes there.

    Several processes share the copies. Those that were read longest ago make room for others.

    Args:
        dir: Folder, or a URL that fsspec reads (s3://…, gs://…, https://…).
        cache: Folder of the copies; a local `dir` needs none.
        limit: Bytes.
    """

    def __init__(self, dir: str, cache: str | Path, limit: float) -> None:
        self.dir, self.limit = dir.removeprefix("file://"), limit
        self.checked: set[str] = set()  # local files whose checksum is right
        self.is_local = "://" not in self.dir
        digest = blake2b(self.dir.encode(), digest_size=6).hexdigest()
        self.folder = Path(self.dir) if self.is_local else Path(cache, f"{self.dir.rpartition('/')[2]}-{digest}")

    def index(self) -> PlainData:
        """What `shard.py` has written: definition, splits and shards.

        Raises:
            InputError: there is none, or it cannot be read.
        """
        path = self.folder / INDEX
        try:
            if not self.is_local:
                content: bytes = _cat(f"{self.dir}/{INDEX}")
                if not path.exists() or path.read_bytes() != content:  # its time is part of the data's fingerprint
                    with atomic_write(path) as new:
                        new.write_bytes(content)
            index: PlainData = loads(path.read_text(encoding="utf-8"))
            version = int(index["format"])
        except FileNotFoundError as error:
            raise InputError(
                f"There is no {INDEX} in {self.dir}: `python shard.py dataset=<name> dir={self.dir}` writes shards "
                "there, and goes on where it was ended."
            ) from error
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(f"{self.dir}/{INDEX} cannot be read ({first_line(error)}).") from error
        if version > FORMAT:
            raise InputError(f"{self.dir} has format {version}, this project reads up to {FORMAT}: update the project.")
        return index

    def fetch(self, shard: Shard) -> Path:
        """Path of a file on this disk, after it was copied there if it was not.

        Raises:
            InputError: the file does not exist, or does not have its checksum.
        """
        path = self.folder / shard.file
        if Path(shard.file).name != shard.file:
            raise InputError(f"{self.dir}/{INDEX} names {shard.file}, expected a file in its own folder.")
        if self.is_local:
            if not path.exists() or path.stat().st_size != shard.bytes:
                raise InputError(f"{path} is not there, or not the file of {INDEX}: run `python shard.py` again.")
            if shard.file not in self.checked:
                with path.open("rb") as file:
                    _check(shard, str(path), file, None)
                self.checked.add(shard.file)
            return path
        with self._lock(shard.file):
            if path.exists():
                os.utime(path)
            else:
                self._download(shard, path)
                self._make_room()
        return path

    def _download(self, shard: Shard, path: Path) -> None:
        url = f"{self.dir}/{shard.file}"
        try:
            with atomic_write(path) as new, _open(url) as source, new.open("wb") as target:
                _check(shard, url, source, target)
        except FileNotFoundError as error:
            raise InputError(f"{url} does not exist, but {INDEX} names it: run `python shard.py` again.") from error

    def _make_room(self) -> None:
        sizes: list[tuple[int, int, Path]] = []
        for path in self.folder.glob("*.safetensors"):
            try:
                state = path.stat()
            except FileNotFoundError:  # another process has removed it
                continue
            sizes.append((state.st_mtime_ns, state.st_size, path))
        used = sum(size for _, size, _ in sizes)
        for _, size, path in sorted(sizes):
            if used <= self.limit:
                return
            try:
                with self._lock(path.name, timeout=0):
                    path.unlink(missing_ok=True)  # processes that have mapped it can still read it
                used -= size
            except Timeout:  # being copied or looked up
                continue

    def _lock(self, file: str, timeout: float = -1) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / f".{file}.lock", timeout=timeout)


def _check(shard: Shard, name: str, source: IO[bytes], target: IO[bytes] | None) -> None:
    """Read a file, and copy it to `target`.

    Raises:
        InputError: it does not have its checksum.
    """
    value, size = 0, 0
    while block := source.read(BLOCK):
        value, size = crc32(block, value), size + len(block)
        if target is not None:
            target.write(block)
    if (value, size) != (shard.crc32, shard.bytes):
        raise InputError(f"{name} is damaged, or not the file of {INDEX}: remove it, and run `python shard.py` again.")


def _cat(url: str) -> bytes:
    with _open(url) as file:
        content: bytes = file.read()
    return content


def _open(url: str) -> "fsspec.core.OpenFile":
    try:
        return fsspec.open(url, "rb")
    except (ImportError, ValueError) as error:
        raise InputError(f"{url} cannot be opened ({first_line(error)}){S3_HINT}.") from error
