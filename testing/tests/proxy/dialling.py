"""Clients for tests: connect to a proxy, read all, and see whether a connection was reset."""

from __future__ import annotations

import socket

__all__ = ["connect", "read_all", "was_reset"]


def connect(address: str) -> socket.socket:
    """Return a socket that is connected to host:port or unix:/path."""
    if address.startswith("unix:"):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(20)
        client.connect(address.removeprefix("unix:"))
        return client
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=20)


def read_all(client: socket.socket) -> bytes:
    """Return what comes until the end."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def was_reset(client: socket.socket) -> bool:
    """Whether reading ends with a reset and not with an orderly end."""
    try:
        read_all(client)
    except ConnectionResetError:
        return True
    return False
