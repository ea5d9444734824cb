"""`bind_socket`: a port that is already yours, to hand to the server that will use it."""

from __future__ import annotations

import socket

__all__ = ["bind_socket"]


def bind_socket(host: str = "127.0.0.1") -> socket.socket:
    """Return a TCP socket bound to a free port of `host`, inheritable, not yet listening.

        with bind_socket() as bound:
            start_process([..., "--fd", str(bound.fileno())], pass_fds=[bound.fileno()])

    The kernel picks the port and it stays taken until the socket is closed, so no other process
    can get in between, as it can when a "free port" is looked up first and bound later. Close it
    (or leave the `with`) once the server has it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.bind((host, 0))
        bound.set_inheritable(True)
    except BaseException:
        bound.close()
        raise
    return bound
