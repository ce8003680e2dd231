"""The server and images: what is shown of them, and files that mean harm."""

import base64
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving.responder import Responder
from my_project.engine.serving.server import application
from my_project.engine.serving.upload import File
from requests_of_files import ask, close_to


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def photo() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 60, 3), dtype=np.uint8))


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that says it has `side` times `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n%%EOF\n"


def rows(predictor: Predictor, *files: tuple[str, bytes]) -> Any:
    with Responder(predictor, top=10, batch_size=8, max_wait=1, num_workers=2) as answerer:
        (prediction,) = ask(application(answerer, 64, 20_000_000), files, url="/predict?pictures=true")
    return prediction.json()


def test_the_picture_is_what_the_network_sees(predictor: Predictor) -> None:
    content = encoded(photo())
    (row,) = rows(predictor, ("photo.png", content))
    kind, _, data = row["picture"].partition(",")
    assert kind == "data:image/png;base64"
    shown = np.asarray(Image.open(BytesIO(base64.b64decode(data))))
    seen = predictor.prepare(File("photo.png", content)).input.image
    assert np.array_equal(shown, seen.numpy().transpose(1, 2, 0).squeeze())
    assert sum(value for name, value in row.items() if name.startswith("probability")) == pytest.approx(1, abs=1e-4)


def test_content_decides_and_not_the_name(predictor: Predictor, tmp_path: Path) -> None:
    kinds = ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"]
    files = [(name, encoded(photo(), kind)) for kind in kinds for name in ("scan.dat", "scan.png")]
    for row in rows(predictor, *files):
        assert row["error"] is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bomb(20_000), "decompression bomb"),
        (bomb(200), "truncated"),
        (encoded(photo())[:3000], "truncated"),
        (encoded(photo(), "JPEG")[:800], "truncated"),
        (EPS, "cannot identify image file 'x.png'"),
        (encoded(photo().resize((32, 32)), "ICO"), "cannot identify image file 'x.png'"),
    ],
    ids=["bomb", "hollow", "short png", "short jpeg", "eps", "ico"],
)
def test_files_that_mean_harm_are_an_error_of_their_own(predictor: Predictor, content: bytes, reason: str) -> None:
    good = ("good.png", encoded(photo()))
    first, bad, last = rows(predictor, good, ("x.png", content), good)
    assert first["error"] is last["error"] is None
    assert first == close_to(last)
    assert bad == {"file": "x.png", "error": bad["error"]}
    assert bad["error"].startswith("x.png cannot be read as an image (")
    assert reason in bad["error"]
