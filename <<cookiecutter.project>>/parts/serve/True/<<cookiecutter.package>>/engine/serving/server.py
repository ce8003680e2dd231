"""HTTP server: the page and the endpoints."""

import logging
from pathlib import Path
from socket import socket

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import ClientDisconnect

from ..core.plain import PlainData
from ..inference.predictor import Predictor
from .address import url_of
from .responder import Responder
from .upload import received

log = logging.getLogger(__name__)
PAGE = Path(__file__).with_name("page.html")
PATIENCE = 5  # seconds for requests to end after the server is stopped


def application(responder: Responder, max_files: int, max_bytes: int) -> FastAPI:
    """Application with `POST /predict` for files and records, `GET /` for the page, `/about` for facts, and `/health`.

    A refused request gets one sentence in `detail`. FastAPI's own pages, which load from other hosts, are disabled.
    """
    app = FastAPI(openapi_url=None)
    facts = about(responder.predictor) | {"top": responder.top, "max_files": max_files, "max_bytes": max_bytes}

    @app.get("/", response_class=HTMLResponse)
    def show_page() -> str:
        return PAGE.read_text(encoding="utf-8")

    @app.get("/health")
    def show_health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/about")
    def show_about() -> PlainData:
        return facts

    @app.post("/predict")
    async def predict(request: Request, pictures: bool = False) -> JSONResponse:
        return JSONResponse(await responder.rows(await received(request, max_files, max_bytes), pictures))

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


def serve(responder: Responder, listener: socket, max_files: int, max_bytes: int) -> None:
    """Serve until Ctrl-C; running requests then have a few seconds to end."""
    config = uvicorn.Config(
        application(responder, max_files, max_bytes),
        log_config=None,  # Hydra's: the terminal, and the log in the job's folder
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=PATIENCE,
    )
    runs = ", ".join(responder.predictor.ensemble.pipelines)
    log.info("Serving %s with %s on %s. Press Ctrl-C to stop.", url_of(listener), runs, responder.predictor.device)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        log.info("Server stopped.")
