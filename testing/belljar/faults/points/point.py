"""`Point`: a boundary inside the test's process, which puts something in a library's place for a while."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

from belljar.faults.engine import FaultEngine
from belljar.faults.errors import LibraryMissing, WouldHang
from belljar.faults.noted import Noted
from belljar.faults.plan import Plan

__all__ = ["Point"]


class Point(ABC):
    """A boundary of the family that it is named after. A subclass says what `install` replaces."""

    name = ""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._patches = ExitStack()
        self._installed = False
        self.engine = FaultEngine(Plan(), self.name, self.name)

    @property
    def family(self) -> str:
        """Its family: its own name."""
        return self.name

    def apply(self, plan: Plan) -> None:
        """Work by this plan; the first time, put the point up."""
        self.engine.update(plan)
        self._put_up()

    def record(self) -> Plan:
        """Give what has happened, as a plan."""
        return self.engine.record()

    def clear(self) -> None:
        """Take the point down: the library is as it was."""
        self.engine.update(Plan())
        self.engine.forget()
        self._patches.close()
        self._installed = False

    def watch(self) -> None:
        """Begin to note calls, and put the point up. What is not installed has no calls."""
        self.engine.watch()
        with suppress(LibraryMissing):
            self._put_up()

    def calls(self) -> list[Noted]:
        """Give the calls since then."""
        return self.engine.calls()

    def _put_up(self) -> None:
        if not self._installed:
            self.install()
            self._installed = True

    @abstractmethod
    def install(self) -> None:
        """Put the point up, with `replace` and `at_end`."""

    def replace(self, owner: Any, name: str, replacement: Any) -> None:
        """Put it in the place of an attribute, until the point is taken down."""
        original = vars(owner)[name]
        setattr(owner, name, replacement)
        self._patches.callback(setattr, owner, name, original)

    def at_end(self, undo: Callable[..., object], *arguments: Any) -> None:
        """Call this when the point is taken down; the last one first."""
        self._patches.callback(undo, *arguments)

    def would_hang(self, what: str, fix: str) -> WouldHang:
        """Give the error for code that would wait forever; the test fails even if the code takes it."""
        error = WouldHang(
            f"{what}, without a timeout, for an answer that will not come", place=self.name, fix=fix
        )
        self._complain(str(error))
        return error
