"""The point `subprocess`: programs that the test's process starts, with `subprocess` or `asyncio`.

A program that is to fail is not run: a small one that ends as planned is started in its place, with the
same pipes. `program` is the name of the executable, `arguments` the whole command.
"""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
import time
from pathlib import PurePath
from typing import Any

from belljar.faults.fault import Fault
from belljar.faults.matching import Call
from belljar.faults.points.point import Point

__all__ = ["ProgramPoint"]

# Ends as planned, by signals as well.
ENDS = """
import os, signal, sys
code, out, err = int(sys.argv[1]), sys.argv[2], sys.argv[3]
os.write(1, out.encode()), os.write(2, err.encode())
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code not in (9, 19) else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""
# Ends with its reader, should the test be killed.
# In the place of a program that does not end: the test's own timeout has to end it.
STAYS = "import time\nwhile True: time.sleep(3600)"
HANGS = "_belljar_hangs"


class ProgramPoint(Point):
    """Programs that the test's process starts."""

    name = "subprocess"

    def install(self) -> None:
        """Put it into `subprocess.Popen`, on which all else is built."""
        popen = subprocess.Popen
        start, wait, communicate = popen.__init__, popen.wait, popen.communicate
        signal = popen.send_signal

        def __init__(process: Any, args: Any, *more: Any, **options: Any) -> None:
            faults = self.engine.decide(_call(args))
            replacement = self._replacement(faults, args)
            if replacement is None:
                start(process, args, *more, **options)
                return
            # The third positional argument is `executable`.
            positional = [*more[:1], None, *more[2:]] if len(more) > 1 else list(more)
            options = options | {"shell": False}
            options.pop("executable", None)
            start(process, replacement, *positional, **options)
            process.args = args
            if any(fault.kind == "timeout" for fault in faults):
                setattr(process, HANGS, True)
                self.at_end(_end, process)

        def waiting(real: Any, what: str) -> Any:
            def call(process: Any, *args: Any, **options: Any) -> Any:
                timeout = options.get("timeout", args[-1] if len(args) > what.count("(") else None)
                if getattr(process, HANGS, False) and timeout is None:
                    error = self.would_hang(
                        f"{what} of {_text(process.args)} waits", "give it a timeout"
                    )
                    process.kill()
                    raise error
                return real(process, *args, **options)

            return call

        def send_signal(process: Any, number: int) -> None:
            if getattr(process, HANGS, False):
                setattr(process, HANGS, False)  # it ends now
            signal(process, number)

        self.replace(popen, "__init__", __init__)
        self.replace(popen, "wait", waiting(wait, "wait"))
        self.replace(popen, "communicate", waiting(communicate, "communicate("))
        self.replace(popen, "send_signal", send_signal)

    def _replacement(self, faults: list[Fault], args: Any) -> list[str] | None:
        replacement = None
        for fault in faults:
            if fault.kind == "latency":
                time.sleep(fault["seconds"])  # the fault itself: a slow start
            elif fault.kind == "not_started":
                number = getattr(errno, fault["errno"])
                raise OSError(number, os.strerror(number), _words(args)[0])
            elif fault.kind == "exit":
                told = [str(fault["code"]), fault["stdout"], fault["stderr"]]
                replacement = [sys.executable, "-I", "-S", "-c", ENDS, *told]
            elif fault.kind == "timeout":
                replacement = [sys.executable, "-I", "-S", "-c", STAYS]
        return replacement


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


def _call(args: Any) -> Call:
    words = _words(args)
    program = PurePath(words[0]).name if words else ""
    return Call("start", attributes={"program": program, "arguments": " ".join(words)})
