"""The server's address, its log, and how it ends."""

import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from project import Train, run_script

from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving.address import bound, listen
from requests_of_files import close_to, rows_of, written


@pytest.fixture(scope="module")
def trained(trained_with: Train) -> Path:
    return trained_with()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_connection_sends_at_once(host: str) -> None:
    with bound(host, 0) as listener:
        with pytest.raises(ConnectionRefusedError), socket.create_connection(listener.getsockname()[:2]):
            pass
        listen(listener)
        with socket.create_connection(listener.getsockname()[:2]):
            connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def leave_early(port: int) -> None:
    """Send half a request, once the server listens."""
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\nContent-Type: multipart/form-data; boundary=b"
    for _ in range(600):
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(head + b'\r\n\r\n--b\r\nContent-Disposition: form-data; name="files"; filename="a"')
            return
        except ConnectionRefusedError:
            time.sleep(0.1)


def test_it_answers_until_ctrl_c_and_leaves_its_log(
    trained: Path, predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    port, files = free_port(), written(predictor.definition, 3)
    said: list[Any] = []

    def visit() -> None:
        try:
            leave_early(port)
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                said.append(client.post("/predict", files=[("files", file) for file in files], timeout=60).json())
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    visitor = threading.Thread(target=visit)
    visitor.start()
    folder = run_script("serve", f"run={trained}", f"port={port}", "top=2", "device=cpu")
    visitor.join()
    assert said == [[close_to(row) for row in rows_of(predictor, files)]]
    log = (folder / "serve.log").read_text()
    assert f"Serving http://127.0.0.1:{port} with {trained.name} on cpu" in log
    assert "Traceback" not in log
    assert sorted(path.name for path in folder.iterdir()) == [".hydra", "serve.log"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("port={used}",), "error: Port {used} of 127.0.0.1 is in use: "),
        (("host=no.such.host.invalid",), "error: no.such.host.invalid, port 8000 cannot be bound "),
        (("port=0", "run=nowhere"), "error: nowhere does not exist: expected the folder of a run"),
        (("port=70000",), "error: port = 70000: expected integer >= 0 and <= 65535."),
        (("batch_sise=3",), "error: batch_sise: there is no such key, did you mean batch_size?"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        used = listener.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            run_script("serve", f"run={trained}", *(word.format(used=used) for word in words))
    assert str(stopped.value).startswith(sentence.format(used=used))
    assert "\n" not in str(stopped.value)
    assert not list(tmp_path.iterdir())
