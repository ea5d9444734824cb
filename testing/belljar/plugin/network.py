"""`Network`: a unit test that reaches for the network, or for another process, fails where it does.

While one runs, Python's sockets are asked where they go. What this process itself listens on is
reached (an in-process mock, a server in a thread, a socket pair), and so are sockets in the temporary folder, by
which `multiprocessing` talks; the rest is refused, and fails the test also if the code took the refusal. It sees
what Python's `socket` module does: not C libraries, not subprocesses. Under Bazel the fence is around those.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from belljar.plugin.moving import how_to_move, place_of
from belljar.plugin.selecting import LAYER

__all__ = ["Network"]

_LAYERS = ("integration", "e2e", "perf")
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_REACHING = ("connect", "connect_ex", "sendto")
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")


class Network:
    """A plugin of one run; `install` puts it before Python's sockets, `remove` takes it away."""

    def __init__(self) -> None:
        self._item: pytest.Item | None = None
        self._threads: frozenset[int | None] = frozenset()
        self._refused: list[str] = []
        # Addresses of this process: ports of loopback, and paths.
        self._own: set[int | str] = set()
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """From now on it is known what this process listens on."""
        for name in (*_REACHING, "bind"):
            self._replace(socket.socket, name, self._method(name))
        for name in _LOOKUPS:
            self._replace(socket, name, self._lookup(getattr(socket, name)))

    def pytest_unconfigure(self) -> None:
        """Takes it away."""
        while self._undo:
            self._undo.pop()()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Watches a unit test from its first fixture on."""
        if item.stash.get(LAYER, "") == "unit":
            # A thread of others, which another test's fixture has left, is no concern of this one's.
            main = threading.main_thread().ident
            self._threads = frozenset(t.ident for t in threading.enumerate()) - {main}
            self._refused = []
            self._item = item

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Looks away: what is ended now may be a session's."""
        self._item = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fails a test whose code took the refusal, or was refused in a thread."""
        report = yield
        if not self._refused:
            return report
        text, self._refused = "\n".join(dict.fromkeys(self._refused)), []
        if report.outcome != "failed" or report.longrepr is None:
            report.outcome = "failed"
            report.longrepr = text
            if hasattr(report, "wasxfail"):
                del report.wasxfail  # what was expected is another failure
        elif text not in str(report.longrepr):
            report.sections.append(("network", text))
        return report

    def _replace(self, owner: Any, name: str, replacement: object) -> None:
        before = vars(owner).get(name)
        setattr(owner, name, replacement)

        def undo() -> None:
            if vars(owner).get(name) is not replacement:
                return  # somebody has replaced it, too, and has ours
            if before is None:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        self._undo.append(undo)

    def _method(self, name: str) -> Callable[..., object]:
        original = getattr(socket.socket, name)
        reaching = name in _REACHING

        def guarded(connection: socket.socket, *arguments: Any) -> object:
            if reaching and self._watches() and arguments:
                self._judge(connection, arguments[-1])
            result = original(connection, *arguments)
            # A datagram's sender is answered, without having been bound by name.
            if not reaching or connection.type == socket.SOCK_DGRAM:
                self._note_own(connection)
            return result

        guarded.__name__ = name
        return guarded

    def _lookup(self, original: Callable[..., object]) -> Callable[..., object]:
        def guarded(host: Any = None, *arguments: Any, **named: Any) -> object:
            if self._watches() and not _is_here(host):
                self._refuse(f"looks up {_text(host)}")
            return original(host, *arguments, **named)

        guarded.__name__ = original.__name__
        return guarded

    def _watches(self) -> bool:
        return self._item is not None and threading.get_ident() not in self._threads

    def _judge(self, connection: socket.socket, address: Any) -> None:
        if connection.family in _INTERNET:
            if address[1] not in self._own or not _is_loopback(address[0]):
                self._refuse(f"connects to {_text(address[0])}:{address[1]}")
        elif connection.family == getattr(socket, "AF_UNIX", None):
            path = os.fsdecode(address)
            own = path in self._own or path.startswith("\0")
            if not own and not Path(path).is_relative_to(tempfile.gettempdir()):
                self._refuse(f"connects to {path}")

    def _note_own(self, connection: socket.socket) -> None:
        try:
            name = connection.getsockname()
        except OSError:
            return
        if connection.family in _INTERNET:
            self._own.add(name[1])
        elif name:
            self._own.add(os.fsdecode(name))

    def _refuse(self, what: str) -> None:
        item = self._item
        assert item is not None
        text = (
            f"{place_of(item)} is in the layer unit, and {what}{_line_in(item)}; a unit test reaches "
            "nothing outside its own process\nput a mock in its place, or move the test; "
            f"{how_to_move(item, _LAYERS)}"
        )
        self._refused.append(text)
        pytest.fail(text, pytrace=False)


def _line_in(item: pytest.Item) -> str:
    """Gives the line of the test's own file that the call comes from; a thread has none."""
    frame = sys._getframe(2)
    file = str(item.path)
    while frame is not None:
        if frame.f_code.co_filename == file:
            return f" in line {frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    name = threading.current_thread().name
    return "" if threading.current_thread() is threading.main_thread() else f" in thread {name}"


def _is_loopback(host: Any) -> bool:
    text = _text(host)
    try:
        return ipaddress.ip_address(text).is_loopback or text in ("0.0.0.0", "::")
    except ValueError:
        return _is_here(host)


def _is_here(host: Any) -> bool:
    """Whether a look-up of it asks nobody."""
    text = _text(host).lower().rstrip(".")
    if text in ("", "localhost", socket.gethostname().lower()) or text.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _text(host: Any) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")
