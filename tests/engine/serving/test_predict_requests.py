"""Rows as the predictor gives them, batches that requests share, and limits."""

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from project import Train

from my_project.engine.definitions.definition import Sample
from my_project.engine.inference.predictor import Predictor
from my_project.engine.serving.responder import Item, Responder, Row
from my_project.engine.serving.server import application
from my_project.engine.serving.upload import File
from requests_of_files import ask, close_to, rows_of, written

MANY, LARGE = 5, 20_000  # limits
BROKEN = ("broken.png", b"\x89PNG\r\n\x1a\n and no more")


@pytest.fixture
def answerer(predictor: Predictor) -> Iterator[Responder]:
    with Responder(predictor, top=2, batch_size=16, max_wait=50, num_workers=2) as made:
        yield made


@pytest.fixture
def app(answerer: Responder) -> FastAPI:
    return application(answerer, MANY, LARGE)


def test_requests_share_batches_and_each_gets_its_own_answers(
    app: FastAPI, answerer: Responder, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    do = answerer.batcher.function

    def counted(samples: Sequence[Item]) -> Sequence[Row]:
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


def test_the_page_and_the_facts(app: FastAPI, trained_with: Train, predictor: Predictor) -> None:
    async def get() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://server") as client:
            return [await client.get(url) for url in ("/", "/health", "/healthz", "/about", "/docs")]

    page, health, healthz, about, docs = asyncio.run(get())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.search(r"https?:|(src|href)=|@import|innerHTML", page.text), "the page needs more than itself"
    assert health.json() == healthz.json() == {"status": "ok"}
    facts = about.json()
    assert facts["runs"] == [trained_with().name]
    assert facts["definition"] == type(predictor.definition).__name__
    assert facts["classes"] == list(predictor.definition.class_names())
    assert (facts["device"], facts["max_bytes"]) == (str(predictor.device), LARGE)
    assert docs.status_code == 404
