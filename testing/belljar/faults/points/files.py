"""The point `file`: files that the test's process opens, writes, reads, renames and removes.

`open` and everything on it (pathlib, tempfile, json.dump to a file) is covered, and the calls of `os` in
`OPERATIONS`. A file that a rule is for is opened with a raw file of ours below Python's own buffers: errors
come up where they do on a real disk, often at `flush` or `close` only.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import time
from collections.abc import Callable
from typing import Any

from belljar.faults.matching import Call
from belljar.faults.points.point import Point

__all__ = ["OPERATIONS", "FilePoint"]

# Of `os`: what a rule's `operation` may be, besides open, read and write.
OPERATIONS = ("fsync", "mkdir", "remove", "rename", "replace", "rmdir", "unlink")

# A file of ours is needed for these.
WATCHED = ("open", "read", "write", "fsync")


class FilePoint(Point):
    """Files that the test's process uses."""

    name = "file"

    def __init__(self, complain: Callable[[str], None]) -> None:
        super().__init__(complain)
        # Of files of ours that are open, by descriptor: fsync knows no path.
        self.paths: dict[int, str] = {}

    def install(self) -> None:
        """Put it into `open` and `os`."""
        real = io.open

        def open_file(
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: str | None = None,
            errors: str | None = None,
            newline: str | None = None,
            closefd: bool = True,
            opener: Any = None,
        ) -> Any:
            path = _path(file)
            if not path or not self._watched(path):
                return real(file, mode, buffering, encoding, errors, newline, closefd, opener)
            self.check("open", path)
            return _layers(self, path, file, mode, buffering, encoding, errors, newline, opener)

        self.replace(builtins, "open", open_file)
        self.replace(io, "open", open_file)
        for name in OPERATIONS:
            self.replace(os, name, self._guarded(getattr(os, name), name))

    def check(self, operation: str, path: str) -> tuple[int, str] | None:
        """Raise what is due for an operation; of a short write, give its bytes and what comes then."""
        short = None
        for fault in self.engine.decide(_call(operation, path)):
            if fault.kind == "latency":
                time.sleep(fault["seconds"])  # the fault itself: a slow disk
            elif fault.kind == "file_error":
                raise failure(fault["errno"], path if operation not in ("read", "write") else None)
            elif fault.kind == "short_write" and operation == "write":
                short = fault["size"], fault["then"]
        return short

    def _watched(self, path: str) -> bool:
        return any(self.engine.watches(_call(operation, path)) for operation in WATCHED)

    def _guarded(self, real: Any, operation: str) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            path = self.paths.get(_number(args[0]), "") if operation == "fsync" else _path(args[0])
            if path:
                self.check(operation, path)
            return real(*args, **more)

        return call


class _File(io.FileIO):
    """A raw file that fails as planned."""

    def __init__(self, point: FilePoint, path: str, file: Any, mode: str, opener: Any) -> None:
        self._point = point
        self._told = path
        self._then = ""
        super().__init__(os.fspath(file), mode, opener=opener)
        point.paths[self.fileno()] = path

    def write(self, data: Any) -> int:
        if self._then:
            raise failure(self._then)
        short = self._point.check("write", self._told)
        if short is None:
            return super().write(data)
        size, then = short
        self._then = "" if then == "none" else then
        written = super().write(memoryview(data).cast("B")[:size])
        # None of the bytes: the disk was full before.
        if not written and self._then:
            raise failure(self._then)
        return written

    def readinto(self, buffer: Any) -> Any:
        self._point.check("read", self._told)
        return super().readinto(buffer)

    def readall(self) -> bytes:
        self._point.check("read", self._told)
        return super().readall()

    def read(self, size: int | None = -1) -> Any:
        self._point.check("read", self._told)
        return super().read(-1 if size is None else size)

    def close(self) -> None:
        if not self.closed:
            self._point.paths.pop(self.fileno(), None)
        super().close()


def _layers(
    point: FilePoint,
    path: str,
    file: Any,
    mode: str,
    buffering: int,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
    opener: Any,
) -> Any:
    """Open as `open` does, on a raw file of ours."""
    letters = set(mode)
    text = "b" not in letters
    raw_mode = mode.replace("b", "").replace("t", "")
    if text and not buffering:
        raise ValueError("can't have unbuffered text I/O")
    if not text and (encoding or errors or newline is not None):
        raise ValueError("binary mode doesn't take an encoding, errors or newline argument")
    raw = _File(point, path, file, raw_mode, opener)
    try:
        if not buffering:
            return raw
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        buffered: Any
        if "+" in letters:
            buffered = io.BufferedRandom(raw, size)
        elif letters & {"w", "a", "x"}:
            buffered = io.BufferedWriter(raw, size)
        else:
            buffered = io.BufferedReader(raw, size)
        if not text:
            return buffered
        wrapped = io.TextIOWrapper(buffered, encoding, errors, newline, buffering == 1)
        wrapped.mode = mode  # type: ignore[misc]  # as open does it
        return wrapped
    except BaseException:
        raw.close()
        raise


def failure(name: str, path: str | None = None) -> OSError:
    """Make the error that Python raises for this errno; of an open file it names no path."""
    number = getattr(errno, name)
    if path is None:
        return OSError(number, os.strerror(number))
    return OSError(number, os.strerror(number), path)


def _path(file: Any) -> str:
    if isinstance(file, int) or not isinstance(file, str | bytes | os.PathLike):
        return ""
    return os.fsdecode(file)


def _number(file: Any) -> int:
    return file if isinstance(file, int) else int(file.fileno())


def _call(operation: str, path: str) -> Call:
    return Call(operation, attributes={"operation": operation, "path": path})
