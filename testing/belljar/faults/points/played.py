"""`Playback`: a schedule as its reader sees it, with the reader's own timeout.

A library reads from it as from its socket, and raises what it raises then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from belljar.faults.answers import Actions

__all__ = ["Broken", "Late", "Pause", "Playback"]


class Broken(Exception):
    """The connection is broken."""


class Late(Exception):
    """The reader's timeout is over."""


@dataclass(frozen=True)
class Pause:
    """Wait so long, then ask again."""

    seconds: float


class Playback:
    """Plays actions. `hang` makes the error for a reader without a timeout, when nothing will come."""

    def __init__(self, actions: Actions, hang: Callable[[], Exception]) -> None:
        self._actions = deque(actions)
        self._hang = hang
        self._wait = 0.0

    def read(self, size: int, left: float | None) -> bytes | Pause:
        """Give bytes, or how long to wait; nothing at the end. `left` is what remains of the timeout."""
        while True:
            if self._wait > 0:
                if left is not None and left <= 0:
                    raise Late
                pause = self._wait if left is None else min(self._wait, left)
                self._wait -= pause
                return Pause(pause)
            if not self._actions:
                return b""
            action = self._actions[0]
            if action.what == "send":
                data, rest = action.data[:size], action.data[size:]
                self._actions.popleft()
                if rest:
                    self._actions.appendleft(type(action)("send", data=rest))
                return data
            if action.what == "stall":
                if left is None:
                    raise self._hang()
                if left > 0:
                    return Pause(left)
                raise Late
            if action.what == "wait":
                self._actions.popleft()
                self._wait = action.seconds
            elif action.what == "close":
                return b""
            else:
                raise Broken
