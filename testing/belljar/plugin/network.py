"""`Network`: a unit test that reaches for the network, or for another process, fails where it does.

While one runs, or its file is imported, Python's sockets are asked where they go. What this process itself listens
on is reached (an in-process mock, a server in a thread, a socket pair), and so are sockets in the temporary folder,
by which `multiprocessing` talks; the rest is refused, and fails the test also if the code took the refusal. It sees
what Python's `socket` module does: not C libraries, not subprocesses. Under Bazel the fence is around those.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from belljar.plugin.layers import layering_of
from belljar.plugin.moving import how_to_move, line_in, place_of
from belljar.plugin.selecting import LAYER

__all__ = ["Network"]

_LAYERS = ("integration", "e2e", "perf")
_INTERNET = (socket.AF_INET, socket.AF_INET6)
# Where each has the address; Windows has no sendmsg.
_REACHING = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_REVERSE = ("gethostbyaddr", "getnameinfo")


class Network:
    """A plugin of one run; `install` puts it before Python's sockets, `remove` takes it away."""

    def __init__(self) -> None:
        self._watched: pytest.Item | pytest.File | None = None
        self._process = os.getpid()
        self._threads: frozenset[int | None] = frozenset()
        self._refused: list[str] = []
        # Addresses of this process: ports of loopback, and paths.
        self._own: set[int | str] = set()
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """From now on it is known what this process listens on."""
        for name in (*_REACHING, "bind"):
            if hasattr(socket.socket, name):
                self._replace(socket.socket, name, self._method(name))
        for name in (*_LOOKUPS, *_REVERSE):
            self._replace(socket, name, self._lookup(getattr(socket, name), name in _REVERSE))

    def pytest_unconfigure(self) -> None:
        """Takes it away."""
        while self._undo:
            self._undo.pop()()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Watches a unit test from its first fixture on."""
        if item.stash.get(LAYER, "") == "unit":
            self._watch(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Looks away: what is ended now may be a session's."""
        self._watched = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Watches the import of a file of unit tests; a marker in it is not known before."""
        if not isinstance(collector, pytest.File):
            return (yield)
        said = layering_of(collector.config).said_of_file(collector.path)
        if not said or said[0].layer != "unit":
            return (yield)
        self._watch(collector)
        try:
            report = yield
        finally:
            self._watched = None
        if self._refused and report.outcome != "failed":
            report.outcome = "failed"
            report.longrepr = "\n".join(dict.fromkeys(self._refused))
        self._refused = []
        return report

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

    def _watch(self, node: pytest.Item | pytest.File) -> None:
        # A thread of others, which another test's fixture has left, is no concern of this one's.
        main = threading.main_thread().ident
        self._threads = frozenset(t.ident for t in threading.enumerate()) - {main}
        self._refused = []
        self._watched = node

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
        place = _REACHING.get(name, 0)

        def guarded(connection: socket.socket, *arguments: Any) -> object:
            # sendmsg of a connection has no address.
            if reaching and self._watches() and len(arguments) > place and arguments[place]:
                self._judge(connection, arguments[place])
            result = original(connection, *arguments)
            # A datagram's sender is answered, without having been bound by name.
            if not reaching or connection.type == socket.SOCK_DGRAM:
                self._note_own(connection)
            return result

        guarded.__name__ = name
        return guarded

    def _lookup(self, original: Callable[..., object], reverse: bool) -> Callable[..., object]:
        known = _is_loopback if reverse else _is_here

        def guarded(host: Any = None, *arguments: Any, **named: Any) -> object:
            name = host[0] if isinstance(host, tuple) and host else host
            # A number stays one; getnameinfo's flags are its second argument.
            numeric = isinstance(host, tuple) and arguments and arguments[0] & socket.NI_NUMERICHOST
            if self._watches() and not numeric and not known(name):
                self._refuse(f"looks up {_text(name)}")
            return original(host, *arguments, **named)

        guarded.__name__ = original.__name__
        return guarded

    def _watches(self) -> bool:
        return self._watched is not None and threading.get_ident() not in self._threads

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
        node = self._watched
        assert node is not None
        when = "" if isinstance(node, pytest.Item) else ", when it is imported"
        text = (
            f"{place_of(node)} is in the layer unit, and {what}{line_in(node)}{when}; a unit test reaches "
            "nothing outside its own process\nput a mock in its place, or move the test; "
            f"{how_to_move(node, _LAYERS)}"
        )
        if os.getpid() != self._process:
            # pytest's failure would end a worker of multiprocessing, and its pool would wait for ever.
            raise PermissionError(text)
        self._refused.append(text)
        pytest.fail(text, pytrace=False)


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
