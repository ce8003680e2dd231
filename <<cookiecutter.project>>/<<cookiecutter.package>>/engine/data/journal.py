"""Journal of a cache entry: one line for each chunk of samples, with a checksum of the line."""

import json
import os
from pathlib import Path
from zlib import crc32

from ..core.errors import InputError
from ..core.plain import PlainData

REMEDY = "data.cache.rebuild=true prepares the samples again"


class Journal:
    """Records that are appended to a text file; one that a killed process has left incomplete is not among them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[PlainData]:
        """Records in their order; an incomplete line at the end is cut off.

        Raises:
            InputError: a line does not have its checksum.
        """
        written = self.path.read_bytes() if self.path.exists() else b""
        whole = written[: written.rfind(b"\n") + 1]
        if len(whole) < len(written):
            os.truncate(self.path, len(whole))
        return [self._record(number, line) for number, line in enumerate(whole.split(b"\n")[:-1], start=1)]

    def append(self, record: PlainData) -> None:
        """Append a record."""
        text = json.dumps(record).encode()
        with self.path.open("ab") as file:
            file.write(b"%08x %s\n" % (crc32(text), text))

    def _record(self, number: int, line: bytes) -> PlainData:
        text = line[9:]
        if line[:9] != b"%08x " % crc32(text):
            raise InputError(f"{self.path} is damaged (line {number} does not have its checksum): {REMEDY}.")
        record: PlainData = json.loads(text)
        return record
