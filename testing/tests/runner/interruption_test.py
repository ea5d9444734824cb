"""What a SIGTERM is taken for: the end of the test, or that of a process that the test has made."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FORKS = """
import os, signal
from belljar.runner.interruption import watch

stopped = []
undo = watch(lambda: stopped.append("the test"), lambda: "")
ready, tell = os.pipe()
child = os.fork()
if child == 0:
    os.write(tell, b".")
    signal.pause()
os.read(ready, 1)
os.kill(child, signal.SIGTERM)
_, status = os.waitpid(child, 0)
undo()
print(os.waitstatus_to_exitcode(status), stopped)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has neither fork nor SIGTERM")
def test_a_fork_that_the_test_ends_is_ended_and_the_test_goes_on() -> None:
    """As multiprocessing does with its workers; they share the socket that signals are told by."""
    process = subprocess.run(
        [sys.executable, "-c", FORKS],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert process.stdout == "-15 []\n"
    assert process.stderr == ""
