"""Requests of files to the server's application, and the rows that it should answer."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image

from my_project.engine.definitions.definition import Definition
from my_project.engine.definitions.example import example
from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving.upload import File

Sent = tuple[str, bytes]


def written(definition: Definition, count: int) -> list[Sent]:
    """PNG files of random content that a definition of images can read."""
    found = []
    for number, image in enumerate(example(definition, count).input.image):
        file = BytesIO()
        Image.fromarray(image.permute(1, 2, 0).squeeze(2).numpy()).save(file, "PNG")
        found.append((f"{number}.png", file.getvalue()))
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
