"""Folder or object store into which shards are written."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import fsspec
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from ..core.errors import InputError, first_line
from ..core.files import atomic_write
from ..core.plain import PlainData
from .shard_store import BLOCK, S3_HINT, Shard

RECORD = "record"  # key of the plain data in the metadata of a file


class Target:
    """Files in a folder, or below a URL that fsspec writes. A file that is there is whole.

    `sizes`: of the files that were there at the beginning.

    Raises:
        InputError: nothing can be written there.
    """

    def __init__(self, dir: str) -> None:
        try:
            self.fs, self.root = fsspec.url_to_fs(dir)
            self.fs.makedirs(self.root, exist_ok=True)
            found = self.fs.find(self.root, detail=True)
            self.sizes = {str(path)[len(self.root) :].lstrip("/"): int(facts["size"]) for path, facts in found.items()}
        except (ImportError, ValueError, OSError) as error:
            raise InputError(f"Nothing can be written to dir = {dir} ({first_line(error)}){S3_HINT}.") from error

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Path for the content of a file, which is there at the end."""
        if "file" in self.fs.protocol:
            with atomic_write(Path(self.root, name)) as new:
                yield new
        else:
            with TemporaryDirectory() as folder:
                path = Path(folder, "file")
                yield path
                self.fs.put_file(str(path), f"{self.root}/{name}")

    def write_text(self, name: str, text: str) -> None:
        with self.file(name) as path:
            path.write_text(text, encoding="utf-8")

    def read_text(self, name: str) -> str:
        content: bytes = self.fs.cat_file(f"{self.root}/{name}")
        return content.decode()

    def write_tensors(
        self, name: str, tensors: dict[str, Tensor], samples: int = 0, record: PlainData | None = None
    ) -> Shard:
        """Write the tensors of some samples, with plain data in the file's metadata."""
        content = save(tensors, {RECORD: json.dumps(record or {})})  # `save_file` makes files that no one else can read
        return self.write(name, samples, lambda path: path.write_bytes(content))

    def write(self, name: str, samples: int, write: Callable[[Path], object]) -> Shard:
        """Write a file, and return its size and checksum."""
        value, size = 0, 0
        with self.file(name) as path:
            write(path)
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    value, size = crc32(block, value), size + len(block)
        return Shard(name, samples, size, value)

    def read_tensors(self, name: str) -> tuple[dict[str, Tensor], PlainData]:
        """What `write_tensors` has written."""
        with TemporaryDirectory() as folder:
            path = Path(folder, "file")
            self.fs.get_file(f"{self.root}/{name}", str(path))
            with safe_open(path, framework="pt") as file:
                tensors = {key: file.get_tensor(key).clone() for key in file.keys()}  # noqa: SIM118
                return tensors, json.loads(file.metadata()[RECORD])

    def remove(self, *names: str) -> None:
        """Remove files and folders that are there."""
        for path in (f"{self.root}/{name}" for name in names):
            if self.fs.exists(path):
                self.fs.rm(path, recursive=True)
