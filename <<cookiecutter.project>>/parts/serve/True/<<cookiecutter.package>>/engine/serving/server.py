"""HTTP server: the page and the endpoints."""

import logging
from collections.abc import Sequence
from pathlib import Path
from socket import socket

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import ClientDisconnect

from ..core.plain import PlainData
from ..inference.predictor import Predictor
from .address import listen, url_of
from .guard import HostGuard, TimedProtocol, own_names
from .responder import Responder
from .upload import check_pixels, received

log = logging.getLogger(__name__)
PAGE = Path(__file__).with_name("page.html")
PATIENCE = 1  # seconds for requests to end after the server is stopped


def application(responder: Responder, max_files: int, max_bytes: int, max_pixels: int = 50_000_000) -> FastAPI:
    """Application with `POST /predict` for files and records, `GET /` for the page, `/about` for facts, and `/healthz`.

    A refused request gets one sentence in `detail`. FastAPI's own pages, which load from other hosts, are disabled.
    """
    app = FastAPI(openapi_url=None)
    facts = about(responder.predictor) | {"top": responder.top, "max_files": max_files, "max_bytes": max_bytes}

    @app.get("/", response_class=HTMLResponse)
    def show_page() -> str:
        return PAGE.read_text(encoding="utf-8")

    @app.get("/health")
    @app.get("/healthz")
    def show_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/about")
    def show_about() -> PlainData:
        return facts

    @app.post("/predict")
    async def predict(request: Request, pictures: bool = False) -> JSONResponse:
        inputs = await received(request, max_files, max_bytes)
        check_pixels(inputs, max_pixels)
        return JSONResponse(await responder.rows(inputs, pictures))

    @app.exception_handler(ClientDisconnect)
    def disconnected(request: Request, error: Exception) -> JSONResponse:
        """Respond to a client that disconnected while sending; else the log gets a traceback."""
        return JSONResponse({"detail": "The request ended before the end of its files."}, 400)

    return app


def about(predictor: Predictor) -> PlainData:
    """Facts about the pipelines and their definition, as plain data."""
    definition = predictor.definition
    return {
        "definition": type(definition).__name__,
        "sizes": definition.sizes(),
        "classes": list(definition.class_names()),
        "suffixes": sorted({*predictor.extensions.files, *predictor.extensions.rows}),
        "columns": list(definition.presentation().columns()),
        "texts": ".txt" in predictor.extensions.rows,
        "runs": list(predictor.ensemble.pipelines),
        "ensemble": predictor.ensemble.mode,
        "device": str(predictor.device),
    }


def serve(
    responder: Responder,
    listener: socket,
    max_files: int,
    max_bytes: int,
    max_pixels: int,
    hosts: Sequence[str],
) -> None:
    """Serve until Ctrl-C or SIGTERM; running requests then have a second to end.

    `hosts`: names of the server, in addition to those of this machine.

    Raises:
        InputError: another server listens on the port.
    """
    names = {*hosts, *own_names(listener.getsockname()[0])}
    config = uvicorn.Config(
        HostGuard(application(responder, max_files, max_bytes, max_pixels), names),
        http=TimedProtocol,
        log_config=None,  # Hydra's: the terminal, and the log in the job's folder
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=PATIENCE,
    )
    responder.warm_up()
    listen(listener)
    runs = ", ".join(responder.predictor.ensemble.pipelines)
    log.info("Serving %s with %s on %s. Press Ctrl-C to stop.", url_of(listener), runs, responder.predictor.device)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        log.info("Server stopped.")
