"""`ExpectedProgram`: a command that a test expects to be run, and how each run of it goes."""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from belljar.doubles.counting import FOREVER, often
from belljar.doubles.patterns import pattern
from belljar.doubles.places import caller

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

    def text(self, input_file: str, ready_file: str) -> str:
        """Give it as the stand-in reads it."""
        plan = {
            "writes": self.writes,
            "code": self.code,
            "hangs": self.hangs,
            "ignores": self.ignores,
            "signal": self.signal,
            "input": input_file if self.reads else "",
            "ready": ready_file if self.ignores else "",
        }
        return repr(plan)


class ExpectedProgram:
    """A command with its runs; each method but the last three is one more run, and gives it back.

    Without any it ends at once with 0, once.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.line = caller()
        self.words = shlex.split(words[0]) if len(words) == 1 else list(words)
        self._manners: list[Manner] = []
        self._count: tuple[int, int] | None = None
        self._reads = False
        self.came = 0

    def returns(
        self, code: int = 0, *, stdout: str | bytes = b"", stderr: str | bytes = b""
    ) -> ExpectedProgram:
        """Write this, and end with the code."""
        writes = tuple((to, _bytes(text), 0.0) for to, text in ((1, stdout), (2, stderr)) if text)
        return self._run(Manner(writes, code))

    def streams(
        self, *parts: str | bytes, every: float = 0.0, code: int = 0, hangs: bool = False
    ) -> ExpectedProgram:
        """Write these one after the other to its output, with a pause before each; then end, or hang."""
        writes = tuple((1, _bytes(part), every) for part in parts)
        return self._run(Manner(writes, code, hangs))

    def hangs(self, *, ignoring: Sequence[int] = ()) -> ExpectedProgram:
        """Never end by itself; signals that it ignores don't end it either."""
        return self._run(Manner(hangs=True, ignores=tuple(int(each) for each in ignoring)))

    def dies_by(self, number: int, *, stdout: str | bytes = b"") -> ExpectedProgram:
        """Be killed by a signal, as by the kernel when memory is short."""
        writes = ((1, _bytes(stdout), 0.0),) if stdout else ()
        return self._run(Manner(writes, signal=int(number)))

    def is_missing(self) -> ExpectedProgram:
        """Not be there: `FileNotFoundError`."""
        return self._run(Manner(errno=errno.ENOENT))

    def is_forbidden(self) -> ExpectedProgram:
        """Not be executable: `PermissionError`."""
        return self._run(Manner(errno=errno.EACCES))

    def reads_input(self) -> ExpectedProgram:
        """Read its whole input first, in every run: `programs.runs[i].input`."""
        self._reads = True
        return self

    def times(self, count: int) -> ExpectedProgram:
        """Expect so many runs; the last manner is for all that are left."""
        self._count = (count, count)
        return self

    def any_number(self) -> ExpectedProgram:
        """Let it be run any number of times, or never."""
        self._count = (0, FOREVER)
        return self

    @property
    def least(self) -> int:
        """How often it has to be run."""
        return self._count[0] if self._count else max(1, len(self._manners))

    @property
    def most(self) -> int:
        """How often it may come."""
        return self._count[1] if self._count else max(1, len(self._manners))

    @property
    def is_over(self) -> bool:
        """Whether it may be run no more."""
        return self.came >= self.most

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
        self.came += 1
        last = len(self._manners) - 1
        manner = self._manners[min(self.came - 1, last)] if self._manners else Manner()
        return replace(manner, reads=self._reads)

    def _run(self, manner: Manner) -> ExpectedProgram:
        self._manners.append(manner)
        return self

    def __str__(self) -> str:
        return f"{shlex.join(self.words)}, {often(self.least, self.most)} (came {self.came}; {self.line})"


def _same(expected: str, word: str, *, first: bool) -> bool:
    # A program is the same by its name, wherever it lies; one that is told by its path is not.
    if first and PurePath(expected).name == expected:
        word = PurePath(word).name
        word = word.removesuffix(".exe") if os.name == "nt" else word
    return bool(pattern(expected).fullmatch(word))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text
