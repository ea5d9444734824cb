"""`redact_streams`: standard output and error of this process, which write no secret from then on.

Also what a test prints under `pytest -s`. What is written to the descriptors past them, by C code or a
child process, can't be seen here.
"""

from __future__ import annotations

import io
import sys
import threading
from typing import Any, BinaryIO, TextIO

from belljar.redaction.concealed import concealed

__all__ = ["RedactingBuffer", "redact_streams", "settle_streams"]

# A shorter begin of a secret says nothing, and is not held back when its writer wants to see it.
SHORTEST_HELD = 4
LONGEST_LINE = 64 * 1024


class RedactingBuffer(io.BufferedIOBase):
    """What `inner` is for bytes, but for secrets, also those that come in several pieces.

    The end of what was written is held back while it may be the begin of a secret.
    """

    def __init__(self, inner: BinaryIO) -> None:
        self.inner = inner
        self._held = b""
        self._lock = threading.RLock()

    def write(self, data: object) -> int:
        """Write, and give how much was taken: all."""
        given = bytes(data)  # type: ignore[call-overload]  # anything that has a buffer
        if not concealed and not self._held:
            self.inner.write(given)
            return len(given)
        with self._lock:
            whole = self._held + given
            clean = concealed.redact_bytes(whole) if concealed.in_bytes(whole) else whole
            end = _finished(clean)
            self._held = clean[end:]
            self.inner.write(clean[:end])
        return len(given)

    def flush(self) -> None:
        """Write what is there, but for the begin of a secret."""
        if len(self._held) < SHORTEST_HELD:
            self.settle()
        if not self.inner.closed:
            self.inner.flush()

    def settle(self) -> None:
        """Write what was held back, too: nothing follows."""
        with self._lock:
            held, self._held = self._held, b""
        if held and not self.inner.closed:
            self.inner.write(held)

    def close(self) -> None:
        """Write all; the stream below is its owner's to close."""
        self.settle()
        super().close()

    def fileno(self) -> int:
        """The descriptor, for who writes past us."""
        return self.inner.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.inner.isatty()

    def writable(self) -> bool:
        """Yes."""
        return True

    @property
    def name(self) -> str:
        """The file's name, as its own object has it."""
        return self.inner.name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class _RedactingText(io.TextIOWrapper):
    """A text stream of a process, over a `RedactingBuffer`."""

    # Whose buffer it is: where nobody else has that one, as in a worker, it would close it when it goes.
    owner: TextIO | None = None


# Those of this process. Where a conftest.py loads us, pytest's capturing has put the old ones back at the
# end of the run, and only the terminal's reporter knows ours.
_made: list[_RedactingText] = []


def redact_streams() -> None:
    """Have `sys.stdout` and `sys.stderr` redact; nothing happens when they do."""
    for name in ("stdout", "stderr"):
        stream: TextIO | None = getattr(sys, name)
        # None without a console; one of a debugger or a notebook may have no bytes.
        if isinstance(stream, _RedactingText) or not isinstance(stream, io.TextIOWrapper):
            continue
        stream.flush()
        redacting = _RedactingText(
            RedactingBuffer(stream.buffer),
            encoding=stream.encoding,
            errors=stream.errors,
            newline=None if sys.platform == "win32" else "\n",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        redacting.owner = stream
        _made.append(redacting)
        setattr(sys, name, redacting)
        # A handler of logging, a debugger or a thread of the test may write there.
        if getattr(sys, f"__{name}__") is stream:
            setattr(sys, f"__{name}__", redacting)


def settle_streams() -> None:
    """Write what is held back: a session ends."""
    for stream in _made:
        if not stream.closed:
            stream.flush()
            buffer = stream.buffer
            if isinstance(buffer, RedactingBuffer):
                buffer.settle()
                buffer.flush()


def _finished(data: bytes) -> int:
    """Give where what may be the begin of a secret starts; the length when there is none."""
    begin = max(data.rfind(b"\n") + 1, len(data) - LONGEST_LINE)
    if begin == len(data):
        return begin
    end = len(data)
    for words in concealed.groups():
        known, at = words.beginnings, begin
        # Each place where four letters are those of a word, then the last three, which are fewer.
        while at < end:
            found = words.opening.search(data, at)
            at = found.start() if found else max(at, len(data) - SHORTEST_HELD + 1)
            rest = data[at:]
            for word in known.get(rest[:SHORTEST_HELD], ()):
                if len(rest) < len(word) and word.startswith(rest):
                    end = min(end, at)  # another group may have an earlier one
            at += 1
    return end
