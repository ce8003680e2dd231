"""Requests of files to the server's application, and the rows that it should answer."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from my_project.engine.definitions.definition import Definition
from my_project.engine.definitions.example import example
from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving.responder import picture
from my_project.engine.serving.upload import File

Sent = tuple[str, bytes]


def written(definition: Definition, count: int) -> list[Sent]:
    """Files of random content that the definition can read: pictures, or numbers."""
    fields = example(definition, count).input
    found = []
    for place in range(count):
        sample = type(fields)(*(field[place] for field in fields))
        if url := picture(sample):
            found.append((f"{place}.png", base64.b64decode(url.partition(",")[2])))
        else:
            found.append((f"{place}.txt", " ".join(map(str, sample[0].flatten().tolist())).encode()))
    return found


def ask(app: FastAPI, *requests: Sequence[Sent], url: str = "/predict") -> list[httpx2.Response]:
    """The answers to requests that are sent at once, each with some files."""

    async def all_of_them() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            forms = ([("files", file) for file in files] for files in requests)
            return await asyncio.gather(*(client.post(url, files=form) for form in forms))

    return asyncio.run(all_of_them())


def rows_of(predictor: Predictor, files: Sequence[Sent]) -> list[dict[str, Any]]:
    """What the server should say, asked file by file."""
    (said,) = zip(*(predictor.rows([File(*file)], top=2) for file in files), strict=True)
    return [{"file": name, "error": None, **row} for (name, _), row in zip(files, said, strict=True)]


def close_to(row: dict[str, Any]) -> dict[str, Any]:
    """A sum may be taken in another order in a batch of another size."""
    return {name: pytest.approx(value, abs=1e-4) if isinstance(value, float) else value for name, value in row.items()}
