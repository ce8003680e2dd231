"""Slow clients, other names, large images and many requests are refused, and SIGTERM ends the server."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import h11
import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image
from project import ROOT, Train

from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving import guard
from my_project.engine.serving.guard import HostGuard, TimedProtocol
from my_project.engine.serving.responder import Responder
from my_project.engine.serving.server import application
from requests_of_files import ask, close_to, rows_of, written

SECONDS = {h11.IDLE: 0.4, h11.SEND_BODY: 1.0}
HEAD = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\nContent-Type: image/png\r\n"


@pytest.fixture
def responder(predictor: Predictor) -> Iterator[Responder]:
    with Responder(predictor, top=2, batch_size=16, max_wait=5, num_workers=2, max_queue=4) as made:
        yield made


@pytest.fixture
def address(responder: Responder, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server with short time-outs."""
    monkeypatch.setattr(guard, "SECONDS", SECONDS)
    app = HostGuard(application(responder, 9, 10**6), {"localhost"})
    server = uvicorn.Server(uvicorn.Config(app, http=TimedProtocol, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [(b"", 0.4), (HEAD[:20], 0.4), (HEAD + b"\r\nabc", 1.0)],
    ids=["nothing", "half of the headers", "half of the body"],
)
def test_a_slow_client_is_disconnected(address: tuple[str, int], sent: bytes, seconds: float) -> None:
    with socket.create_connection(address, timeout=10) as connection:
        started = time.monotonic()
        connection.sendall(sent)
        assert connection.recv(1) == b""
        assert seconds - 0.1 < time.monotonic() - started < seconds + 2


def test_a_second_request_is_timed_too_and_waiting_for_it_is_not(address: tuple[str, int]) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(address, timeout=10) as connection:
        for _ in range(2):
            connection.sendall(request)
            answer = b""
            while not answer.endswith(b"}"):  # headers and body may come apart
                answer += connection.recv(10_000)
            assert b"200 OK" in answer
            time.sleep(0.8)  # longer than the headers may take
        connection.sendall(request[:10])
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:1", 200),
        ("evil.example", 400),
        ("", 400),
    ],
)
def test_only_names_of_the_server_are_answered(responder: Responder, host: str, status: int) -> None:
    async def get(*hosts: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(HostGuard(application(responder, 9, 9), hosts))
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.get("/healthz", headers={"host": host})

    response = asyncio.run(get("localhost"))
    assert response.status_code == status
    if status == 400:
        assert response.json()["detail"].endswith("add the name to hosts=[…] of serve.py.")
        assert asyncio.run(get("*")).status_code == 200


def test_the_pixels_of_a_request_have_a_limit(responder: Responder) -> None:
    file = BytesIO()
    Image.new("1", (1000, 600)).save(file, "PNG")
    sent = [("a.png", file.getvalue())] * 3
    app = application(responder, 9, 10**6, max_pixels=1_200_000)
    few, many = ask(app, sent[:2], sent)
    assert few.status_code == 200
    assert many.status_code == 413
    assert many.json()["detail"].startswith("The images have 1,800,000 pixels, more than 1,200,000: ")


def test_requests_beyond_the_queue_are_told_to_come_back(responder: Responder, monkeypatch: pytest.MonkeyPatch) -> None:
    files = written(responder.predictor.definition, 3)
    decode = responder._decode

    def slowly(file: Any) -> Any:
        time.sleep(0.2)
        return decode(file)

    monkeypatch.setattr(responder, "_decode", slowly)
    app = application(responder, 9, 10**6)
    responses = ask(app, files, files, files[:1])
    assert [each.status_code for each in responses] == [200, 503, 200]
    assert responses[1].headers["retry-after"] == "1"
    assert ask(app, files)[0].status_code == 200


def test_a_body_may_be_one_file(responder: Responder, predictor: Predictor) -> None:
    (file,) = written(predictor.definition, 1)
    app: FastAPI = application(responder, 9, 10**5)

    async def post(content: bytes) -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://server") as client:
            return await client.post("/predict", content=content, headers={"content-type": "image/png"})

    (row,) = asyncio.run(post(file[1])).json()
    (expected,) = rows_of(predictor, [file])
    assert row == close_to(expected | {"file": "unnamed"})
    assert asyncio.run(post(bytes(10**5 + 1))).status_code == 413


@pytest.mark.slow
def test_sigterm_ends_the_server_within_two_seconds(trained_with: Train, tmp_path: Path) -> None:
    output = tmp_path / "out.txt"
    command = [sys.executable, str(ROOT / "serve.py"), f"run={trained_with()}", "port=0", "device=cpu"]
    with output.open("w") as file:
        server = subprocess.Popen(command, cwd=tmp_path, stdout=file, stderr=subprocess.STDOUT, env=dict(os.environ))
    for _ in range(600):
        if "Serving " in (text := output.read_text()):
            break
        time.sleep(0.1)
    port = int(text.partition("127.0.0.1:")[2].split()[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HEAD + b"\r\nabc")  # a request that does not end
        time.sleep(0.3)
        started = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        assert time.monotonic() - started < 2
    assert "Traceback" not in output.read_text()
