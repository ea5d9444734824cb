"""`TcpReady`: ready when a TCP port accepts a connection."""

from __future__ import annotations

import socket

from belljar.processes.readiness.protocol import Watched

__all__ = ["TcpReady"]


class TcpReady:
    """Waits until `host:port` accepts connections.

    Not for a socket that was bound and listening before the process started (`bind_socket` does
    not listen, so it is fine): the kernel would accept in its stead.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port

    @property
    def what(self) -> str:
        """The address."""
        return f"a connection to {self.host}:{self.port}"

    def pending(self, process: Watched) -> str | None:
        """Return None once connected, else the system's reason why not."""
        try:
            socket.create_connection((self.host, self.port), timeout=1.0).close()
        except OSError as error:
            return (error.strerror or str(error)).lower()
        return None
