"""What flows through a link: data and ends, each with the time at which it is due on the other side."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Protocol

__all__ = ["NEVER", "End", "Item", "Stage"]

# Due only when the toxic that holds it is removed.
NEVER = float("inf")


class End(Enum):
    """How data ends."""

    FINISHED = "finished"  # the sender has nothing more to say, and may still be listening
    CLOSED = "closed"  # the whole connection is closed
    RESET = "reset"  # the whole connection is reset


class Item(NamedTuple):
    """Data, or an end, and the time of the loop's clock at which it is to be passed on."""

    due: float
    data: bytes = b""
    end: End | None = None


class Stage(Protocol):
    """What one toxic makes of one direction of one connection.

    It is a function of what comes and when, without sockets or sleeping: it says *when* each piece is
    due. So a chain of stages keeps data in flight as a network does, and can be tested with numbers.
    """

    # How many bytes may be held back before the sender has to wait.
    ahead: int

    def start(self, now: float) -> list[Item]:
        """Return what happens without any data: an end after a while."""
        ...

    def feed(self, item: Item) -> list[Item]:
        """Return what becomes of an item, in order of time."""
        ...
