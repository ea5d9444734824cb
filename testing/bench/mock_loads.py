"""Payments in a load, and the same answers from WireMock: `Loads` has the medians of both."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from http_load import Load, ask, drive, pinned
from mock_starts import PAYMENT, payment, serve
from served import Served
from wiremock_peer import command, write_stub

__all__ = ["Loads", "generator_rate", "measure", "warm", "what_it_answers"]

SERVER, GENERATOR = 0, 1
WARM_UP = 500
# A virtual machine compiles what is hot, on the core that it serves with: until it gets no quicker.
STEADY = 1.03
LONGEST = 90.0
DULL = 4


@dataclass
class Loads:
    """What was seen of one server, round by round."""

    rates: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    # The load's own share of its core: near 1, it was the load that was measured.
    shares: list[float] = field(default_factory=list)

    def note(self, load: Load, served: Served) -> None:
        """Takes a round."""
        self.rates.append(load.rate)
        self.megabytes.append(served.megabytes())
        self.shares.append(load.own / load.seconds)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return statistics.median(self.rates)

    @property
    def memory(self) -> float:
        """Megabytes after a load."""
        return statistics.median(self.megabytes)


def what_it_answers(folder: Path) -> bytes:
    """Gives the body of the payments mock's answer, for a stub that says the same."""
    with serve("payments", folder) as served:
        return ask(served.address, payment(0)).partition(b"\r\n\r\n")[2]


def peer_command(jar: Path, folder: Path) -> list[str]:
    """Gives WireMock's command line, its stub written."""
    write_stub(folder, PAYMENT, what_it_answers(folder).decode())
    return command(jar, folder)


def warm(load: Callable[[], Load]) -> float:
    """Gives the seconds of load that a server took to get no quicker."""
    best, dull, spent = 0.0, 0, 0.0
    while dull < DULL and spent < LONGEST:
        done = load()
        spent += done.seconds
        dull = 0 if done.rate > best * STEADY else dull + 1
        best = max(best, done.rate)
    return spent


def measure(rounds: int, requests: int, peer: list[str] | None) -> tuple[Loads, Loads, float]:
    """Gives what was seen of ours, of the peer, and of the seconds that the peer was warmed.

    Ours is a new process in each round, that keeps every payment; the peer goes on, for what it has learnt.
    """
    ours, theirs = Loads(), Loads()
    warmed, number = 0.0, WARM_UP
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        other = stack.enter_context(Served(peer, core=SERVER)) if peer else None
        stack.enter_context(pinned(GENERATOR))
        if other is not None:
            address = other.address
            warmed = warm(lambda: drive(address, payment, requests))
        for _ in range(rounds):
            with serve("payments", folder, core=SERVER) as served:
                drive(served.address, payment, number)
                ours.note(
                    drive(served.address, lambda one: payment(one + number), requests), served
                )
            if other is not None:
                theirs.note(drive(other.address, payment, requests), other)
    return ours, theirs, warmed


def generator_rate(rounds: int, requests: int) -> float:
    """Gives the requests a second that the load can make, of a server that does next to nothing."""
    canned = [sys.executable, str(Path(__file__).parent / "http_load.py")]
    with Served(canned, core=SERVER) as served, pinned(GENERATOR):
        loads = [drive(served.address, payment, requests) for _ in range(rounds)]
    return statistics.median(load.rate for load in loads)
