"""Uploaded files and records of a request, within limits and in memory only."""

import json
from collections.abc import Collection, Sequence
from io import BytesIO
from typing import NamedTuple

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ..core.errors import InputError, first_line
from ..definitions.image_file import pixel_count
from ..inference.record_files import Row, extension_of, rows_in

FIELD = "files"
UNNAMED = "unnamed"
RAW = ("image/", "application/octet-stream")  # types of a body that is one file


class File(BytesIO):
    """Uploaded content as an open file with a name."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name

    def __repr__(self) -> str:
        return repr(self.name)


class Upload(NamedTuple):
    """Name of an input in the predictions, and its record: a file, a text, or a row of a table by column."""

    name: str
    record: File | str | Row

    def records(self, extensions: Collection[str]) -> list["Upload"]:
        """This input, or the rows of the table that it is.

        Raises:
            HTTPException: the table cannot be read (422).
        """
        if not isinstance(self.record, File) or extension_of(self.name) not in extensions:
            return [self]
        try:
            rows = rows_in(self.name, self.record.getvalue())
        except InputError as error:
            raise HTTPException(422, str(error)) from error
        return [Upload(f"{self.name}:{number}", row) for number, row in enumerate(rows, 1)]


class Form(MultiPartParser):
    """Parser that stops at the first part over the limits of number and size."""

    def __init__(self, request: Request, max_files: int, max_bytes: int) -> None:
        super().__init__(request.headers, request.stream(), max_files=max_files, max_fields=max_files)
        self.parts, self.size, self.max_parts, self.max_bytes = 0, 0, max_files, max_bytes
        self.spool_max_size = max_bytes  # keeps all content in memory

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self.parts, self.size = self.parts + 1, 0
        if self.parts > self.max_parts:
            raise HTTPException(413, f"The request has more than {self.max_parts} files: send fewer at once.")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self.size += end - start
        if self.size > self.max_bytes:
            raise HTTPException(413, f"File {self.parts} is larger than {self.max_bytes:,} bytes: send a smaller one.")
        super().on_part_data(data, start, end)


async def received(request: Request, max_files: int, max_bytes: int) -> list[Upload]:
    """Read the files of a multipart form's field `files`, the records of a JSON list, or one file as the whole body.

    Raises:
        HTTPException: there is no file (422), there are too many, or one is too large (413).
    """
    if request.headers.get("content-type", "").startswith("application/json"):
        return await _records(request, max_files, max_bytes)
    if request.headers.get("content-type", "").startswith(RAW):
        return [Upload(UNNAMED, File(UNNAMED, await _content(request, max_bytes)))]
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(
            422,
            f"The request has no files: send them as multipart/form-data, in the field {FIELD}, or one file as the "
            "body, of a type image/… or application/octet-stream.",
        )
    form = Form(request, max_files, max_bytes)
    try:
        content = await form.parse()
    except MultiPartException as error:
        raise HTTPException(422, f"The form cannot be read ({error.message.rstrip('.')}): send it again.") from error
    except HTTPException:
        async for _ in form.stream:  # read the rest: a client that still sends does not read the response
            pass
        raise
    sent = [part for part in content.getlist(FIELD) if isinstance(part, UploadFile)]
    if not sent:
        raise HTTPException(422, f"The form has no files: send them in the field {FIELD}.")
    files = [File(file.filename or UNNAMED, await file.read()) for file in sent]
    return [Upload(file.name, file) for file in files]


def check_pixels(inputs: Sequence[Upload], max_pixels: int) -> None:
    """Check the images of a request by their headers, before any is decoded.

    Raises:
        HTTPException: they have more than `max_pixels` pixels together (413).
    """
    total = sum(pixel_count(each.record) for each in inputs if isinstance(each.record, File))
    if total > max_pixels:
        raise HTTPException(
            413, f"The images have {total:,} pixels, more than {max_pixels:,}: send fewer at once, or smaller ones."
        )


async def _records(request: Request, max_files: int, max_bytes: int) -> list[Upload]:
    content = await _content(request, max_bytes)
    try:
        records = json.loads(content)
    except ValueError as error:
        raise HTTPException(422, f"The request is no JSON ({first_line(error)}): send a list of records.") from error
    if not isinstance(records, list) or not records or not all(isinstance(each, str | dict) for each in records):
        raise HTTPException(422, "The request is no list of texts or of objects by column: send one.")
    if len(records) > max_files:
        raise HTTPException(413, f"The request has more than {max_files} records: send fewer at once.")
    return [Upload(f"record {number}", record) for number, record in enumerate(records, 1)]


async def _content(request: Request, max_bytes: int) -> bytes:
    content = bytearray()
    async for part in request.stream():  # to the end: a client that still sends does not read the response
        content += part if len(content) <= max_bytes else b""
    if len(content) > max_bytes:
        raise HTTPException(413, f"The request is larger than {max_bytes:,} bytes: send less at once.")
    return bytes(content)
