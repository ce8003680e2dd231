"""Listening socket of a server."""

import errno
import socket

from ..core.errors import InputError


def listening(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 is any free port.

    Raises:
        InputError: the port is in use, or the host has no such address.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(f"Port {port} of {host} is in use: stop its server, or use port=0.") from error
        raise InputError(f"{host}, port {port} cannot be bound ({error}): use another host or port.") from error
    # Inherited by its connections, for which asyncio does not set it: else a response waits 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(listener: socket.socket) -> str:
    """URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
