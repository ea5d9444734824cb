"""`ExpectedProgram`: a command that a test expects to be run, and how each run of it goes."""

from __future__ import annotations

import errno
import os
import shlex
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from belljar.doubles.counting import often
from belljar.doubles.errors import BadExpectation
from belljar.doubles.ledger import Ledger
from belljar.doubles.patterns import pattern
from belljar.doubles.turns import Turns

__all__ = ["ExpectedProgram", "Manner"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


@dataclass(frozen=True)
class Manner:
    """How one run goes. `writes` are descriptor, bytes, and the pause before, in seconds."""

    writes: tuple[tuple[int, bytes, float], ...] = ()
    code: int = 0
    hangs: bool = False
    ignores: tuple[int, ...] = ()
    signal: int = 0
    errno: int = 0
    reads: bool = False

    def text(self, kept: str, patience: float) -> str:
        """Give it as the stand-in reads it."""
        plan = {
            "writes": self.writes,
            "code": self.code,
            "hangs": patience if self.hangs else 0,
            "ignores": self.ignores,
            "signal": self.signal,
            "input": kept if self.reads else "",
            "ready": f"{kept}.ready" if self.ignores else "",
            "overdue": f"{kept}.overdue",
        }
        return repr(plan)


class ExpectedProgram(Turns[Manner]):
    """A command with its runs; each method but `times` and its like is one more run, and gives it back.

    Without any it ends at once with 0, once.
    """

    def __init__(self, ledger: Ledger, words: Sequence[str]) -> None:
        super().__init__(ledger)
        self.words = shlex.split(words[0]) if len(words) == 1 else list(words)
        self._reads = False

    def returns(
        self, code: int = 0, *, stdout: str | bytes = b"", stderr: str | bytes = b""
    ) -> ExpectedProgram:
        """Write this, and end with the code; as in `subprocess`, one below 0 is a signal."""
        if isinstance(code, bool) or not isinstance(code, int) or code > 255:
            raise self._bad(f"the code {code!r}", ["0 to 255", "-9: killed by signal 9"])
        told = (1, self._bytes("stdout", stdout)), (2, self._bytes("stderr", stderr))
        writes = tuple((to, text, 0.0) for to, text in told if text)
        return self._turn(
            Manner(writes, max(code, 0), signal=self._signal(-code) if code < 0 else 0)
        )

    def streams(
        self, *parts: str | bytes, every: float = 0.0, code: int = 0, hangs: bool = False
    ) -> ExpectedProgram:
        """Write these one after the other to its output, with a pause before each; then end, or hang."""
        writes = tuple((1, self._bytes("a part", part), every) for part in parts)
        return self._turn(Manner(writes, code, hangs))

    def hangs(self, *, ignoring: Sequence[int] = ()) -> ExpectedProgram:
        """Never end by itself; signals that it ignores don't end it either."""
        return self._turn(
            Manner(hangs=True, ignores=tuple(self._signal(each) for each in ignoring))
        )

    def dies_by(self, number: int, *, stdout: str | bytes = b"") -> ExpectedProgram:
        """Be killed by a signal, as by the kernel when memory is short."""
        writes = ((1, self._bytes("stdout", stdout), 0.0),) if stdout else ()
        return self._turn(Manner(writes, signal=self._signal(number)))

    def is_missing(self) -> ExpectedProgram:
        """Not be there: `FileNotFoundError`."""
        return self._turn(Manner(errno=errno.ENOENT))

    def is_forbidden(self) -> ExpectedProgram:
        """Not be executable: `PermissionError`."""
        return self._turn(Manner(errno=errno.EACCES))

    def reads_input(self) -> ExpectedProgram:
        """Read its whole input first, in every run: `programs.runs[i].input`."""
        self._reads = True
        return self

    def likeness(self, words: Sequence[str]) -> int:
        """Give how many of its words from the first on are as expected; -1 is all of them."""
        for index, expected in enumerate(self.words):
            if expected == "*" and index == len(self.words) - 1:
                return -1
            if index >= len(words) or not _same(expected, words[index], first=index == 0):
                return index
        return -1 if len(words) == len(self.words) else len(self.words)

    def take(self) -> Manner:
        """Give the manner of the next run."""
        return replace(self._next() or Manner(), reads=self._reads)

    def _bytes(self, what: str, text: object) -> bytes:
        if isinstance(text, str):
            return text.encode()
        if isinstance(text, bytes):
            return text
        raise self._bad(f"{what}={text!r}: that is neither text nor bytes", ['"abc\\n"', 'b"abc"'])

    def _signal(self, number: object) -> int:
        if number in {int(each) for each in signal.Signals}:
            return int(number)
        raise self._bad(f"{number!r} is no signal", ["signal.SIGKILL", "signal.SIGTERM", "9"])

    def _bad(self, what: str, choices: list[str]) -> BadExpectation:
        return self._ledger.error(
            BadExpectation,
            f"programs: {shlex.join(self.words)}: {what}",
            choices=choices,
            fix="say what a program can do",
        )

    def __str__(self) -> str:
        return f"{shlex.join(self.words)}, {often(self.least, self.most)} (came {self.came}; {self.line})"


def _same(expected: str, word: str, *, first: bool) -> bool:
    # A program is the same by its name, wherever it lies; one that is told by its path is not.
    if first and PurePath(expected).name == expected:
        word = PurePath(word).name
        word = word.removesuffix(".exe") if os.name == "nt" else word
    return bool(pattern(expected).fullmatch(word))
