"""`ValkeyServer`: a real Valkey of your own, on a Unix socket, in memory only.

    with ValkeyServer() as server:
        cache = valkey.Valkey.from_url(server.url)

Nothing of it reaches a disk.
"""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from belljar.databases.binaries import find_valkey
from belljar.databases.errors import DatabaseError, ServerNotFound, ServerNotStarted
from belljar.databases.folders import ServerFolder
from belljar.databases.server import died
from belljar.processes import LineReady, Process, ProcessError, start_process
from belljar.processes.errors import describe_exit

__all__ = ["ValkeyServer"]

SECONDS = 10.0


class ValkeyServer:
    """A Valkey server that belongs to this process and ends with it.

    It keeps nothing on disk and listens on a Unix socket in a private folder (mode 0700), so it
    needs no password. `log` is where its output goes (default: an unnamed file). Linux and macOS.
    """

    def __init__(self, *, log: Path | None = None, folder: Path | None = None) -> None:
        self._log = log
        self._parent = folder
        self._folder: ServerFolder | None = None
        self._process: Process | None = None

    def __repr__(self) -> str:
        return f"<ValkeyServer {self.url if self._process else 'not started'}>"

    @property
    def socket(self) -> Path:
        """Path of its Unix socket."""
        if self._folder is None:
            raise ServerNotStarted("this ValkeyServer is not started; use it in a `with`")
        return self._folder.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """Its URL, as the Python clients of Valkey and Redis take it in `from_url`."""
        return f"unix://{self.socket}?db=0"

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._running().pid

    def start(self) -> Self:
        """Return this server, ready for connections. Raises `ServerNotStarted`."""
        if sys.platform == "win32":
            raise ServerNotFound(
                "there is no Valkey server for Windows; point BELLJAR_VALKEY_URL at one that runs "
                "elsewhere (in WSL, say)"
            )
        program = find_valkey()
        self._folder = ServerFolder("valkey", self._parent)
        try:
            self._process = start_process(
                [program, *self._options()],
                ready=LineReady("Ready to accept connections"),
                ready_timeout=SECONDS,
                log=self._log,
                stop_signal=signal.SIGTERM,
                pass_fds=(self._folder.lock_fd,),
                remove_if_orphaned=self._folder.all(),
            )
        except ProcessError as error:
            self.stop()
            raise ServerNotStarted(f"Valkey did not start: {error}") from None
        except BaseException:
            self.stop()
            raise
        return self

    def _options(self) -> list[str]:
        assert self._folder is not None
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "daemonize": "no",
            "dir": str(self._folder.path),
            "databases": "16",
            "hz": "100",  # how often it looks whether to stop; ten times a second by default
        }
        return [part for key, value in options.items() for part in (f"--{key}", value)]

    def stop(self) -> None:
        """End the server and remove its folder; may be called again."""
        try:
            if self._process is not None:
                self._process.stop()
        finally:
            if self._folder is not None:
                self._folder.remove()

    def flush(self) -> None:
        """Delete every key of every database: what to call between tests."""
        self.check()
        if sys.platform == "win32":
            return  # there is none: start() has raised
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(SECONDS)
            client.connect(str(self.socket))
            client.sendall(b"FLUSHALL SYNC\r\n")
            answer = client.recv(1000)
        if answer != b"+OK\r\n":
            raise DatabaseError(f"FLUSHALL: {answer.decode(errors='replace').strip()}")

    def check(self) -> None:
        """Raise `ServerDied`, with the last log lines, if the server is gone."""
        process = self._running()
        if process.returncode is not None:
            place = f" (all in {self._log})" if self._log else ""
            raise died("Valkey", describe_exit(process.returncode), self.log_tail(), place)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        return self._process.log_tail(lines) if self._process else ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> Process:
        if self._process is None:
            raise ServerNotStarted("this ValkeyServer is not started; use it in a `with`")
        return self._process
