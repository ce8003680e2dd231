"""Listening socket of a server."""

import errno
import socket

from ..core.errors import InputError

BACKLOG = 2048  # connections that wait, as uvicorn has it


def bound(host: str, port: int) -> socket.socket:
    """Bind a socket that does not listen yet, so that clients are refused until the server is ready.

    Port 0 is any free port.

    Raises:
        InputError: the port is in use, or the host has no such address.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # also just after another server has ended
        listener.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _in_use(host, port) from error
        raise InputError(f"{host}, port {port} cannot be bound ({error}): use another host or port.") from error
    # Inherited by its connections, for which asyncio does not set it: else a response waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def listen(listener: socket.socket) -> None:
    """Let a bound socket accept connections.

    Raises:
        InputError: another server that bound the same port listens already.
    """
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _in_use(*listener.getsockname()[:2]) from error


def _in_use(host: str, port: int) -> InputError:
    return InputError(f"Port {port} of {host} is in use: stop its server, or use port=0.")


def url_of(listener: socket.socket) -> str:
    """URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
