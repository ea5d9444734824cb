"""What a server answers, and the actions by which it is sent: what kinds of faults change.

Answer(200, [("Content-Type", "application/json")], b"{}").encode()
[send(b"HTTP/1.1 200 OK..."), wait(0.2), send(b"{}")]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Literal

__all__ = [
    "Action",
    "Actions",
    "Answer",
    "close",
    "kill",
    "leading_waits",
    "reset",
    "send",
    "stall",
    "wait",
]

What = Literal["wait", "send", "close", "reset", "stall", "kill"]
# Statuses whose answers have no body, whatever their headers say.
BODILESS = (204, 304)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer before it is bytes. `announced` is its Content-Length where that is a lie."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    reason: str = ""
    announced: int | None = None
    # An answer to HEAD: its length is told, its body is not sent.
    head: bool = False

    def with_header(self, name: str, value: str) -> Answer:
        """Give it with that header in place of those of the same name."""
        kept = [(key, text) for key, text in self.headers if key.lower() != name.lower()]
        return replace(self, headers=[*kept, (name, value)])

    def header(self, name: str) -> str:
        """Give the first header of that name, or nothing."""
        return next((text for key, text in self.headers if key.lower() == name.lower()), "")

    def encode(self) -> bytes:
        """Give the bytes of HTTP/1.1; the length is counted, or the lie."""
        reason = self.reason or _reason(self.status)
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        left_out = ("content-length", "transfer-encoding")
        lines += [f"{key}: {text}" for key, text in self.headers if key.lower() not in left_out]
        bodiless = self.status in BODILESS or self.status < 200
        if not bodiless:
            length = len(self.body) if self.announced is None else self.announced
            lines.append(f"Content-Length: {length}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head if bodiless or self.head else head + self.body

    @classmethod
    def parse(cls, data: bytes) -> Answer:
        """Give the answer that these bytes are; its body is all that follows the head."""
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        _, _, rest = first.partition(" ")
        status, _, reason = rest.partition(" ")
        headers = []
        for line in lines:
            key, _, text = line.partition(":")
            headers.append((key.strip(), text.strip()))
        return cls(int(status), headers, body, reason)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


@dataclass(frozen=True)
class Action:
    """One step of sending: wait, send, close, reset, stall (until the other leaves) or kill."""

    what: What
    data: bytes = field(default=b"", repr=False)
    seconds: float = 0.0


Actions = tuple[Action, ...]


def wait(seconds: float) -> Action:
    """Give the action that waits."""
    return Action("wait", seconds=seconds)


def send(data: bytes) -> Action:
    """Give the action that sends."""
    return Action("send", data=data)


def close() -> Action:
    """Give the action that ends the connection in an orderly way."""
    return Action("close")


def reset() -> Action:
    """Give the action that breaks the connection."""
    return Action("reset")


def stall() -> Action:
    """Give the action that sends nothing more, and keeps the connection."""
    return Action("stall")


def kill(back_after: float = -1.0) -> Action:
    """Give the action that ends the server's process; it is back after so many seconds, if at all."""
    return Action("kill", seconds=back_after)


def leading_waits(actions: Iterable[Action]) -> Actions:
    """Give the waits with which the actions begin: they stay when the rest is replaced."""
    waits = []
    for action in actions:
        if action.what != "wait":
            break
        waits.append(action)
    return tuple(waits)
