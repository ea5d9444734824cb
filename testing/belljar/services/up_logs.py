"""`LiveLogs`: what several processes write, line by line as it comes, each line with its writer's name."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, TextIO

__all__ = ["LiveLogs", "colours_wanted"]

# Told apart on dark and on light ground; red is for errors.
_COLOURS = ("36", "33", "32", "35", "34", "96", "93", "92", "95", "94")
_RESET = "\x1b[0m"
# Of one file in one turn: one that floods does not keep the others waiting.
_CHUNK = 64 * 1024
LONGEST_LINE = 16 * 1024
_PAUSE_SECONDS = 0.05


class _Followed:
    """One file, and the line that has not ended yet. It is read to its end though it is deleted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: BinaryIO | None = None
        self.rest = b""

    def lines(self, *, last: bool) -> tuple[list[bytes], bool]:
        """Return the lines that have ended since, and whether there may be more already."""
        if self.file is None:
            try:
                self.file = self.path.open("rb")
            except FileNotFoundError:
                return [], False
        data = self.file.read(_CHUNK)
        *ended, rest = (self.rest + data).split(b"\n")
        more = len(data) == _CHUNK
        if rest and ((last and not more) or len(rest) > LONGEST_LINE):
            ended.append(rest)
            rest = b""
        self.rest = rest
        return ended, more

    def close(self) -> None:
        """Close it."""
        if self.file is not None:
            self.file.close()


class LiveLogs:
    """Prints to `out`, from a thread of its own while this is entered; `say` prints in between.

    `files` are the logs by their writers' names; `redact` takes secrets away. Leaving it prints
    what was written to the end.
    """

    def __init__(
        self,
        files: Mapping[str, Path],
        out: TextIO,
        *,
        redact: Callable[[str], str] = str,
        colours: bool = False,
    ) -> None:
        width = max(map(len, files), default=0)
        self.gone = threading.Event()  # who reads `out` has left
        self._out = out
        self._redact = redact
        self._reset = _RESET if colours else ""
        self._followed = {name: _Followed(path) for name, path in files.items()}
        self._prefixes = {}
        for number, name in enumerate(files):
            prefix = f"{name:<{width}} | "
            colour = _COLOURS[number % len(_COLOURS)]
            self._prefixes[name] = f"\x1b[{colour}m{prefix}{_RESET}" if colours else prefix
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._follow, name="belljar-up-logs", daemon=True)

    def say(self, text: str) -> None:
        """Print whole lines of our own, after what was written by now."""
        self._print(lambda: self._show(last=False), text)

    def __enter__(self) -> LiveLogs:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._print(lambda: self._show(last=True))
        for followed in self._followed.values():
            followed.close()

    def _follow(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):  # between two looks: files tell nobody
            self._print(lambda: self._show(last=False))

    def _print(self, show: Callable[[], None], text: str = "") -> None:
        with self._lock:
            if self.gone.is_set():
                return
            try:
                show()
                if text:
                    self._out.write(f"{text}\n")
                self._out.flush()
            except OSError:
                self.gone.set()

    def _show(self, *, last: bool) -> None:
        for name, followed in self._followed.items():
            more = True
            while more:
                lines, more = followed.lines(last=last)
                for line in lines:
                    text = self._redact(line.rstrip(b"\r").decode(errors="replace"))
                    # A colour that the line does not end is ended here.
                    self._out.write(f"{self._prefixes[name]}{text}{self._reset}\n")
                more = more and last


def colours_wanted(out: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether `out` is a terminal whose user has not said NO_COLOR."""
    if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" or sys.platform == "win32":
        return False
    return out.isatty()
