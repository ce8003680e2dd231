"""Guards of a server against slow clients, and against requests under other names."""

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from typing import Any

import h11
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = {h11.IDLE: 10.0, h11.SEND_BODY: 30.0}
"""Longest time for the headers of a request, and then for its body."""


class TimedProtocol(H11Protocol):
    """uvicorn's protocol that closes a connection whose headers or body take too long to arrive."""

    timer: asyncio.TimerHandle | None = None
    receiving: Any = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._time()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _time(self) -> None:
        """Start another timer when the request has reached another part."""
        if (part := self.conn.their_state) is self.receiving:
            return
        self._stop()
        self.receiving = part
        if seconds := SECONDS.get(part):
            self.timer = self.loop.call_later(seconds, self.transport.close)

    def _stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class HostGuard:
    """Application that responds only under the names of its machine: a page of another site may have a name that
    resolves to this machine, and could then read predictions.

    `hosts`: the names; addresses are always allowed, and `*` allows any name.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app, self.hosts = app, {name.lower() for name in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.app
        if scope["type"] == "http" and not self._is_allowed(dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            detail = "The request names a host that this server does not have: add the name to hosts=[…] of serve.py."
            app = JSONResponse({"detail": detail}, 400)
        await app(scope, receive, send)

    def _is_allowed(self, header: str) -> bool:
        name = header.rpartition(":")[0] if header.rpartition(":")[2].isdigit() else header
        if "*" in self.hosts or name.lower() in self.hosts:
            return True
        try:
            ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return True


def own_names(host: str) -> set[str]:
    """Names of this machine, and the one under which a server listens."""
    return {host, "localhost", socket.gethostname(), socket.getfqdn()}
