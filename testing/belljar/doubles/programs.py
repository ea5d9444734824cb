r"""`Programs`: what the fixture `programs` gives; the commands that a test may run, and how they end.

    programs.expect("git rev-parse HEAD").returns(stdout="abc123\n")
    programs.expect("pg_dump", "*").returns(1, stderr="no space").returns()      # fails, then works
    programs.expect("worker").hangs(ignoring=[signal.SIGTERM])

Nothing of `subprocess` is replaced but the command: a small program is started in its place, so pipes, streams,
codes, signals and timeouts are the system's own, under asyncio too.
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from belljar.doubles.counting import often
from belljar.doubles.errors import BadExpectation, DoubleError, Refused, Unmet
from belljar.doubles.ledger import Ledger
from belljar.doubles.places import caller
from belljar.doubles.program import ExpectedProgram, Manner
from belljar.doubles.spoken import Spoken

__all__ = ["ExpectedProgram", "Programs", "Run"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

STAND_IN = Path(__file__).with_name("stand_in.py")
HANGS = "_belljar_hangs"
PATIENCE = 20.0
# What the system takes as one argument, with room to spare.
LONGEST = 60_000
# The machine's own, also where a test has its files in memory.
_open, _stat, _monotonic = io.open, os.stat, time.monotonic
# To wait with, whatever the clock of the test is.
_PAUSE = threading.Event()


@dataclass(frozen=True)
class Run:
    """A command that was run: its words, the options of `Popen`, and where."""

    words: tuple[str, ...]
    options: dict[str, Any]
    line: str
    kept: Path

    @property
    def cwd(self) -> Path | None:
        """The folder that it was told to run in."""
        folder = self.options.get("cwd")
        return None if folder is None else Path(os.fsdecode(folder))

    @property
    def env(self) -> dict[str, str] | None:
        """The variables that it was given; nothing if it had the test's own."""
        given = self.options.get("env")
        return None if given is None else dict(given)

    @property
    def input(self) -> bytes:
        """What it was given to read, if it was told to."""
        if not _is_there(self.kept):
            return b""
        with _open(self.kept, "rb") as file:
            return file.read()

    def __str__(self) -> str:
        return f"{shlex.join(self.words)} ({self.line})"


class Programs(Spoken):
    """The expected programs; `runs` are those that were run. Any other one is refused.

    One that hangs, and is neither ended nor waited for with a timeout, ends after `patience` seconds; the test fails.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.patience = PATIENCE
        self.runs: list[Run] = []
        self._ledger = ledger
        self._expected: list[ExpectedProgram] = []
        self._real: list[ExpectedProgram] = []
        self._patches = ExitStack()
        ledger.at_the_end(self._unmet)

    def expect(self, *words: str) -> ExpectedProgram:
        """Expect a command, in one text or word for word: `*` in a word is any text, as last word all that follows."""
        expected = self._command("expect", words)
        self._expected.append(expected)
        return expected

    def let_through(self, *words: str) -> None:
        """Let commands like this one be run for real."""
        self._real.append(self._command("let_through", words))

    def _command(self, method: str, words: tuple[str, ...]) -> ExpectedProgram:
        wrong = "no command"
        if words and all(isinstance(word, str) for word in words):
            try:
                if words[0].strip():
                    return ExpectedProgram(self._ledger, words)
            except ValueError as error:
                wrong = str(error)
        elif words:
            wrong = "each word is a text"
        raise self._ledger.error(
            BadExpectation,
            f"programs.{method}({', '.join(map(repr, words))}): {wrong}",
            choices=['"git status"', '"git", "commit", "-m", "*"'],
            fix="say the command in one text, or word for word",
        )

    def install(self) -> None:
        """Put it into `subprocess.Popen`, on which all else is built, and `os.system`."""
        popen = subprocess.Popen
        self._folder = Path(self._patches.enter_context(tempfile.TemporaryDirectory()))
        start, wait, communicate = popen.__init__, popen.wait, popen.communicate
        send_signal = popen.send_signal

        def __init__(process: Any, args: Any, *more: Any, **options: Any) -> None:
            replacement, manner = self._replacement(args, options)
            if replacement is None or manner is None:
                start(process, args, *more, **options)
                return
            # The third positional argument is `executable`.
            positional = [*more[:1], None, *more[2:]] if len(more) > 1 else list(more)
            options = {key: value for key, value in options.items() if key != "executable"}
            # A relative folder of the command's is not there, perhaps; the stand-in needs none.
            start(process, replacement, *positional, **(options | {"shell": False}))
            process.args = args
            setattr(process, HANGS, manner.hangs)
            self._patches.callback(_end, process)
            if manner.ignores:
                _await(Path(f"{self.runs[-1].kept}.ready"))

        def waiting(real: Any, position: int) -> Any:
            def call(process: Any, *args: Any, **options: Any) -> Any:
                patience = options.get("timeout", args[position] if len(args) > position else None)
                if getattr(process, HANGS, False) and patience is None and process.poll() is None:
                    process.kill()
                    setattr(process, HANGS, False)
                    raise self._ledger.complaint(
                        Refused,
                        f"programs: {_text(process.args)} hangs, and is waited for without a timeout",
                        choices=[
                            "wait(timeout=...)",
                            "communicate(timeout=...)",
                            "run(..., timeout=...)",
                        ],
                        fix="give it a timeout, and end it when that is over",
                    )
                return real(process, *args, **options)

            return call

        def signalled(process: Any, number: int) -> None:
            setattr(process, HANGS, False)  # what it ignores still hangs, and its own timeout tells
            send_signal(process, number)

        def system(command: str) -> int:
            return subprocess.call(command, shell=True)

        for name, new in (
            ("__init__", __init__),
            ("wait", waiting(wait, 0)),
            ("communicate", waiting(communicate, 1)),
            ("send_signal", signalled),
        ):
            self._patches.callback(setattr, popen, name, vars(popen)[name])
            setattr(popen, name, new)
        self._patches.callback(setattr, os, "system", os.system)
        os.system = cast(Any, system)

    def close(self) -> None:
        """End what still runs, and let programs be started again."""
        self._patches.close()

    def _replacement(
        self, args: Any, options: dict[str, Any]
    ) -> tuple[list[str] | None, Manner | None]:
        words = tuple(_words(args))
        if _is_ours(words) or any(each.likeness(words) < 0 for each in self._real):
            return None, None
        run = Run(words, options, caller(), self._folder / f"input{len(self.runs)}")
        self.runs.append(run)
        fitting = [each for each in self._expected if each.likeness(words) < 0]
        for each in fitting:
            if not each.is_over:
                manner = each.take()
                if manner.errno:
                    raise OSError(manner.errno, os.strerror(manner.errno), words[0])
                plan = manner.text(str(run.kept), self.patience)
                if len(plan) > LONGEST:
                    told = f"{run.kept}.plan"
                    with _open(told, "w") as file:
                        file.write(plan)
                    plan = f"@{told}"
                return [sys.executable, "-I", "-S", str(STAND_IN), plan], manner
        nearest = max(self._expected, key=lambda each: each.likeness(words), default=None)
        summary = f"programs: {shlex.join(words)} was not expected{' again' if fitting else ''}"
        if nearest is not None and not fitting and (same := nearest.likeness(words)):
            summary += f"\n  nearest: {nearest}: the first {same} words are the same"
        raise self._ledger.complaint(
            Refused,
            summary,
            choices=[str(each) for each in self._expected] or ["nothing is expected"],
            fix=f"programs.expect({shlex.join(words)!r}).returns(...), if it is right",
        )

    def _unmet(self) -> Iterable[DoubleError]:
        for run in self.runs:
            if _is_there(Path(f"{run.kept}.overdue")):
                yield self._ledger.error(
                    Refused,
                    f"programs: {shlex.join(run.words)} hangs, and was read or waited for {self.patience:g} s "
                    "without being ended",
                    line=run.line,
                    choices=["wait(timeout=...)", "asyncio.timeout(...)", "kill()"],
                    fix="give it a timeout, and end it when that is over",
                )
        for each in self._expected:
            if each.came < each.least:
                yield self._ledger.error(
                    Unmet,
                    f"programs: {shlex.join(each.words)} was expected {often(each.least)}, and came {each.came} times",
                    line=each.line,
                    choices=[f"came: {run}" for run in self.runs] or ["nothing was run"],
                    fix="let the code run it, or say .any_number()",
                )


def _is_ours(words: tuple[str, ...]) -> bool:
    """Whether a fault of `faults.on("subprocess")` put its own program there already."""
    return words[:4] == (sys.executable, "-I", "-S", "-c")


def _is_there(path: Path) -> bool:
    try:
        _stat(path)
    except OSError:
        return False
    return True


def _await(ready: Path) -> None:
    """Wait until the stand-in has said that it ignores what it has to."""
    end = _monotonic() + PATIENCE
    while not _is_there(ready) and _monotonic() < end:
        _PAUSE.wait(0.002)


def _end(process: Any) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def _words(args: Any) -> list[str]:
    if isinstance(args, list | tuple):
        return [os.fsdecode(word) for word in args]
    if isinstance(args, bytes | os.PathLike):
        return [os.fsdecode(args)]
    try:
        return shlex.split(args) or [args]
    except ValueError:
        return [args]  # a shell's own grammar


def _text(args: Any) -> str:
    return args if isinstance(args, str) else shlex.join(_words(args))
