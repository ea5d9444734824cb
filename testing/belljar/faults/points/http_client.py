"""Faults in `http.client`, and so in urllib, urllib3, requests, botocore and all that is made of them."""

from __future__ import annotations

import errno
import http.client
import io
import os
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

from belljar.faults.answers import Answer
from belljar.faults.fault import Fault
from belljar.faults.points.played import Broken, Late, Pause, Playback
from belljar.faults.wire import instead

if TYPE_CHECKING:
    from belljar.faults.points.client import ClientPoint

__all__ = ["install"]

# Kept at the connection, between the steps of a request.
REQUEST = "_belljar_request"
FAULTS = "_belljar_faults"


def install(point: ClientPoint) -> None:
    """Let the point decide on every request that http.client sends."""
    connection_type = http.client.HTTPConnection
    put, end, get = (
        connection_type.putrequest,
        connection_type.endheaders,
        connection_type.getresponse,
    )

    def putrequest(self: Any, method: str, url: str, *args: Any, **more: Any) -> None:
        setattr(self, REQUEST, (method, url))
        put(self, method, url, *args, **more)

    def endheaders(self: Any, *args: Any, **more: Any) -> None:
        method, url = getattr(self, REQUEST)
        faults = point.decide(method, url, f"{self.host}:{self.port}")
        setattr(self, FAULTS, faults)
        if not instead(faults):
            end(self, *args, **more)
            return
        if self.sock is not None:
            self.sock.close()
            self.sock = None
        _fail_to_connect(point, self, faults)
        # Nothing leaves this process: what is sent is swallowed, what is read is played.
        answer = Answer(500, head=method == "HEAD")
        playback = point.playback(answer, faults, f"{method} {url}")
        self.sock = _PlayedSocket(playback, _timeout_of(self))
        end(self, *args, **more)

    def getresponse(self: Any) -> http.client.HTTPResponse:
        faults = self.__dict__.pop(FAULTS, [])
        if not faults or instead(faults):
            return get(self)
        method, url = getattr(self, REQUEST)
        timeout = _timeout_of(self)
        real = get(self)
        answer = Answer(
            real.status, real.getheaders(), real.read(), real.reason, head=method == "HEAD"
        )
        self.close()
        played = _PlayedSocket(point.playback(answer, faults, f"{method} {url}"), timeout)
        response = http.client.HTTPResponse(played, method=method)  # type: ignore[arg-type]  # has all that is used
        response.begin()
        return response

    point.replace(connection_type, "putrequest", putrequest)
    point.replace(connection_type, "endheaders", endheaders)
    point.replace(connection_type, "getresponse", getresponse)


def _timeout_of(connection: Any) -> float | None:
    timeout = connection.timeout
    if timeout is None or isinstance(timeout, int | float):
        return timeout
    return socket.getdefaulttimeout()


def _fail_to_connect(point: ClientPoint, connection: Any, faults: list[Fault]) -> None:
    from belljar.faults.points.client import LATE, REFUSED, connect_failure

    failure = connect_failure(faults)
    if failure == REFUSED:
        refusal = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        if urllib3 := _urllib3_of(connection):
            raise urllib3.exceptions.NewConnectionError(
                connection, f"Failed to establish a new connection: {refusal}"
            ) from refusal
        raise refusal
    if failure == LATE:
        timeout = _timeout_of(connection)
        if timeout is None:
            raise point.hang(f"connecting to {connection.host}:{connection.port}")()
        time.sleep(timeout)  # the fault itself: as long as the client is ready to wait
        late = TimeoutError("timed out")
        if urllib3 := _urllib3_of(connection):
            raise urllib3.exceptions.ConnectTimeoutError(
                connection,
                f"Connection to {connection.host} timed out. (connect timeout={timeout})",
            ) from late
        raise late


def _urllib3_of(connection: Any) -> Any:
    """Give urllib3 if the connection is one of its own: it has errors of its own for connecting."""
    urllib3 = sys.modules.get("urllib3")
    if urllib3 is None or not isinstance(connection, urllib3.connection.HTTPConnection):
        return None
    return urllib3


class _PlayedSocket:
    """What http.client uses of a socket."""

    def __init__(self, playback: Playback, timeout: float | None) -> None:
        self._playback = playback
        self._timeout = timeout

    def makefile(self, mode: str = "rb", *args: object) -> io.BufferedReader:
        return io.BufferedReader(_PlayedFile(self._playback, self))

    def sendall(self, data: object) -> None:
        pass

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        return self._timeout

    def setsockopt(self, *args: object) -> None:
        pass

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class _PlayedFile(io.RawIOBase):
    def __init__(self, playback: Playback, connection: _PlayedSocket) -> None:
        self._playback = playback
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._connection.gettimeout()
        try:
            while isinstance(part := self._playback.read(len(buffer), left), Pause):
                time.sleep(part.seconds)  # the fault itself: a slow answer
                left = None if left is None else left - part.seconds
        except Late:
            raise TimeoutError("timed out") from None
        except Broken:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from None
        buffer[: len(part)] = part
        return len(part)
