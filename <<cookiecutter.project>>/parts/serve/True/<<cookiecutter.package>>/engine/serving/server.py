"""The page and the addresses of a server."""

import logging
from pathlib import Path
from socket import socket
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import ClientDisconnect

from ..inference.predictor import Predictor
from .address import url_of
from .responder import Responder
from .upload import received

log = logging.getLogger(__name__)
PAGE = Path(__file__).with_name("page.html")
PATIENCE = 5  # seconds that requests have to end, once the server is stopped


def application(answerer: Responder, max_files: int, max_bytes: int) -> FastAPI:
    """`POST /predict` answers files, `GET /` is the page, `/about` says what answers, `/health` that it does.

    An answer that is no row has one sentence in `detail`. The pages of FastAPI that load from other hosts are off.
    """
    app = FastAPI(openapi_url=None)
    facts = about(answerer.predictor) | {"top": answerer.top, "max_files": max_files, "max_bytes": max_bytes}

    @app.get("/", response_class=HTMLResponse)
    def show_page() -> str:
        return PAGE.read_text(encoding="utf-8")

    @app.get("/health")
    def say_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/about")
    def say_about() -> dict[str, Any]:
        return facts

    @app.post("/predict")
    async def predict(request: Request, pictures: bool = False) -> JSONResponse:
        return JSONResponse(await answerer.rows(await received(request, max_files, max_bytes), pictures))

    @app.exception_handler(ClientDisconnect)
    def leave_unsaid(request: Request, error: Exception) -> JSONResponse:
        """To whoever left while still sending; else the log would get a traceback."""
        return JSONResponse({"detail": "The request ended before its files did."}, 400)

    return app


def about(predictor: Predictor) -> dict[str, Any]:
    """What answers, as plain data."""
    definition = predictor.definition
    return {
        "definition": type(definition).__name__,
        "sizes": definition.sizes(),
        "classes": list(definition.class_names()),
        "suffixes": sorted(definition.presentation().file_extensions),
        "runs": list(predictor.ensemble.pipelines),
        "ensemble": predictor.ensemble.mode,
        "device": str(predictor.device),
    }


def serve(answerer: Responder, listener: socket, max_files: int, max_bytes: int) -> None:
    """Until Ctrl-C; requests that are being answered then have a few seconds."""
    config = uvicorn.Config(
        application(answerer, max_files, max_bytes),
        log_config=None,  # Hydra's: the terminal, and the log in the job's folder
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=PATIENCE,
    )
    runs = ", ".join(answerer.predictor.ensemble.pipelines)
    log.info("%s answers, with %s on %s. Ctrl-C ends it.", url_of(listener), runs, answerer.predictor.device)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        log.info("It ended.")
