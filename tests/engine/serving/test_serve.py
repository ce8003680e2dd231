"""The server: rows as the predictor gives them, batches that requests share, limits, and how it ends."""

import asyncio
import base64
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from project import Train, run_script

from my_project.engine.definitions.definition import Definition, Sample
from my_project.engine.definitions.example import example
from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving.address import listening
from my_project.engine.serving.batching import Batcher
from my_project.engine.serving.responder import Responder, Row, picture
from my_project.engine.serving.server import application
from my_project.engine.serving.upload import File

Sent = tuple[str, bytes]
MANY, LARGE = 5, 20_000  # limits
BROKEN = ("broken.png", b"\x89PNG\r\n\x1a\n and no more")


@pytest.fixture(scope="module")
def trained(trained_with: Train) -> Path:
    return trained_with()


@pytest.fixture(scope="module")
def predictor(trained: Path) -> Predictor:
    return Predictor.load(str(trained))


@pytest.fixture
def answerer(predictor: Predictor) -> Iterator[Responder]:
    with Responder(predictor, top=2, batch_size=16, max_wait=50, num_workers=2) as made:
        yield made


@pytest.fixture
def app(answerer: Responder) -> FastAPI:
    return application(answerer, MANY, LARGE)


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


def test_requests_share_batches_and_each_gets_its_own_answers(
    app: FastAPI, answerer: Responder, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    do = answerer.batcher.function

    def counted(samples: Sequence[Sample]) -> Sequence[Row]:
        sizes.append(len(samples))
        return do(samples)

    monkeypatch.setattr(answerer.batcher, "function", counted)
    files = written(predictor.definition, 48)
    requests = [files[place : place + 2] for place in range(0, 48, 2)]
    requests[5] = [requests[5][0], BROKEN, requests[5][1]]
    predictions = [prediction.json() for prediction in ask(app, *requests)]
    assert sum(sizes) == 48
    assert max(sizes) == 16
    assert len(sizes) < 12
    broken = predictions[5].pop(1)
    assert broken["file"] == "broken.png"
    assert broken["error"].startswith("broken.png ")
    said = [row for rows in predictions for row in rows]
    assert said == [close_to(row) for row in rows_of(predictor, files)]
    assert len({str(sorted(row.items())) for row in said}) == 48, "answers that are alike would hide a wrong order"


def test_what_cannot_be_read_is_a_row_among_the_others(app: FastAPI, predictor: Predictor) -> None:
    good = written(predictor.definition, 2)
    bad = [("empty.txt", b""), ("größe 'x'.bin", os.urandom(5000)), ("long" * 200, b"")]
    (prediction,) = ask(app, [good[0], *bad, good[1]])
    assert prediction.status_code == 200
    first, *middle, last = prediction.json()
    assert [first, last] == [close_to(row) for row in rows_of(predictor, good)]
    for row, (name, _) in zip(middle, bad, strict=True):
        assert set(row) == {"file", "error"}
        assert row["file"] == name
        assert name[:400] in row["error"]
        assert len(row["error"]) <= 500
        assert "object at" not in row["error"]


def test_what_breaks_the_definition_meets_no_others(
    app: FastAPI, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, seen = predictor.ensemble.first.prepare, list[Sample]()

    def cut(sample: Sample, mode: Any) -> Sample | None:
        seen.append(sample)
        prepared = prepare(sample, mode)
        if prepared is None or len(seen) != 2:
            return prepared
        return prepared._replace(input=type(prepared.input)(*(field[..., :0] for field in prepared.input)))

    files = written(predictor.definition, 3)
    expected = [close_to(row) for row in rows_of(predictor, files)]
    monkeypatch.setattr(predictor.ensemble.first, "prepare", cut)
    (prediction,) = ask(app, files)
    rows = prediction.json()
    (odd,) = [place for place, row in enumerate(rows) if row["error"]]
    assert re.search(r": field '\w+' of \w+ is \[.*, expected ", rows[odd]["error"])
    assert [row for place, row in enumerate(rows) if place != odd] == [
        row for place, row in enumerate(expected) if place != odd
    ]


def test_an_error_that_nobody_thought_of_is_a_row_too_and_stands_in_the_log(
    app: FastAPI, predictor: Predictor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prepare = predictor.prepare

    def fail(file: File) -> Sample:
        if file.name == "odd":
            raise KeyError("no such key")
        return prepare(file)

    monkeypatch.setattr(predictor, "prepare", fail)
    good = written(predictor.definition, 1)
    (prediction,) = ask(app, [("odd", b""), *good])
    odd, other = prediction.json()
    assert odd == {"file": "odd", "error": "odd has no prediction (KeyError: 'no such key')."}
    assert other == close_to(rows_of(predictor, good)[0])
    assert "KeyError" in caplog.text


def test_an_answer_that_is_not_finite_is_an_error_of_its_own(
    app: FastAPI, answerer: Responder, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = answerer.batcher.function
    monkeypatch.setattr(
        answerer.batcher, "function", lambda items: [{**do(items)[0], "x": float("nan")}, *do(items)[1:]]
    )
    (prediction,) = ask(app, written(predictor.definition, 2))
    errors = [row["error"] for row in prediction.json()]
    assert sorted(error is None for error in errors) == [False, True]
    assert "is not finite" in str(errors)


def test_limits_are_kept_and_said_in_a_sentence(app: FastAPI, predictor: Predictor) -> None:
    file = written(predictor.definition, 1)[0]
    large = ("large.png", bytes(LARGE + 1))
    for files, status, sentence in (
        ([file] * (MANY + 1), 413, f"more than {MANY} files"),
        ([file, large], 413, "File 2 is larger than 20,000 bytes"),
        ([], 422, "has no files"),
    ):
        (prediction,) = ask(app, files)
        assert prediction.status_code == status
        assert sentence in prediction.json()["detail"]
    (prediction,) = ask(app, [file] * (MANY - 1) + [("largest.png", bytes(LARGE))])
    assert [row["error"] is None for row in prediction.json()] == [True] * (MANY - 1) + [False]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"no form"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\n1\r\n--b--'),
        ("application/json", b"{}"),
        ("", b""),
    ],
)
def test_what_is_no_form_with_files_is_said_in_a_sentence(app: FastAPI, kind: str, body: bytes) -> None:
    async def post() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://server") as client:
            return await client.post("/predict", content=body, headers={"content-type": kind} if kind else {})

    prediction = asyncio.run(post())
    assert prediction.status_code == 422
    assert re.fullmatch(r"The (request|form) .*\.", prediction.json()["detail"])


def batched(do: Callable[[Sequence[Any]], Sequence[Any]], items: Sequence[Any], size: int = 8, wait: float = 20) -> Any:
    """What became of each item: its result, or its error."""
    with Batcher(do, size, wait) as batcher:
        futures = [batcher.submit(item) for item in items]
    return [future.exception() or future.result() for future in futures]


def test_an_error_is_that_of_its_item_alone() -> None:
    def halve(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise ValueError("13")
        return [item // 2 for item in items]

    results = batched(halve, range(20))
    assert isinstance(results.pop(13), ValueError)
    assert results == [item // 2 for item in range(20) if item != 13]


@pytest.mark.parametrize(("size", "wait"), [(1, 20), (8, 0), (1000, 1)])
def test_batches_keep_to_their_size(size: int, wait: float) -> None:
    batches: list[Sequence[int]] = []

    def keep(items: Sequence[int]) -> Sequence[int]:
        batches.append(items)
        return items

    assert batched(keep, range(100), size, wait) == list(range(100))
    assert [item for batch in batches for item in batch] == list(range(100))
    assert max(map(len, batches)) <= size
    assert size > 1 or len(batches) == 100
    assert size < 1000 or len(batches) < 50


def test_a_lone_item_waits_no_longer_than_it_must_and_one_given_up_is_left_out() -> None:
    seen: list[int] = []

    def see(items: Sequence[int]) -> Sequence[int]:
        seen.extend(items)
        return items

    with Batcher(see, 8, 100) as batcher:
        started = time.monotonic()
        given_up = batcher.submit(0)
        assert given_up.cancel()
        assert batcher.submit(1).result(5) == 1
        assert 0.05 < time.monotonic() - started < 1
        assert batcher.submit(2).result(5) == 2
    assert seen == [1, 2]


def test_the_page_and_the_facts(app: FastAPI, trained: Path, predictor: Predictor) -> None:
    async def get() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://server") as client:
            return [await client.get(url) for url in ("/", "/health", "/about", "/docs")]

    page, health, about, docs = asyncio.run(get())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"https?:|(src|href)=|@import|innerHTML", page.text), "the page needs more than itself"
    assert health.json() == {"status": "ok"}
    facts = about.json()
    assert facts["runs"] == [trained.name]
    assert facts["definition"] == type(predictor.definition).__name__
    assert facts["classes"] == list(predictor.definition.class_names())
    assert (facts["device"], facts["max_bytes"]) == (str(predictor.device), LARGE)
    assert docs.status_code == 404


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_connection_sends_at_once(host: str) -> None:
    with listening(host, 0) as listener, socket.create_connection(listener.getsockname()[:2]):
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
        (("port=0", "run=nowhere"), "error: There is no checkpoint nowhere"),
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
