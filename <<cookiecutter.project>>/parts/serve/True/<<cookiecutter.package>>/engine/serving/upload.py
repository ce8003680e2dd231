"""Uploaded files of a request, within limits and in memory only."""

from io import BytesIO

from fastapi import HTTPException, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

FIELD = "files"


class File(BytesIO):
    """Uploaded content as an open file with a name."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name

    def __repr__(self) -> str:
        return repr(self.name)


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


async def received(request: Request, max_files: int, max_bytes: int) -> list[File]:
    """Read the files of a multipart form's field `files`, in order.

    Raises:
        HTTPException: there is no file (422), there are too many, or one is too large (413).
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(422, f"The request has no files: send them as multipart/form-data, in the field {FIELD}.")
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
    return [File(file.filename or "unnamed", await file.read()) for file in sent]
