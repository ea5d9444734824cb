"""`UnixReady`: ready when a Unix socket accepts a connection."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from belljar.processes.readiness.protocol import Watched

__all__ = ["UnixReady"]


class UnixReady:
    """Waits until the Unix socket at `path` accepts connections (Linux, macOS)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def what(self) -> str:
        """The path."""
        return f"a connection to {self.path}"

    def pending(self, process: Watched) -> str | None:
        """Return None once connected, else the system's reason why not."""
        if sys.platform == "win32":
            return "Python has no Unix sockets on Windows"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self.path))
            except OSError as error:
                return (error.strerror or str(error)).lower()
        return None
