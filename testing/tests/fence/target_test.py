"""The fence around a target that Bazel runs: this one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from belljar.fence import current

pytestmark = pytest.mark.skipif(
    not os.environ.get("BELLJAR_SEAL_SEEN", "").startswith("sealed"),
    reason="says what a sealed target is kept from; plain pytest has no fence of Bazel's",
)


def test_a_child_with_a_cleaned_environment_does_not_get_out(raw_connect: str) -> None:
    command = ["env", "-i", sys.executable, "-I", "-c", raw_connect]
    out = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    assert "unreachable" in out
    assert [breach.address for breach in current().breaches()] == ["192.0.2.1:80"]


def test_an_orphan_is_buried_and_its_breaches_are_told() -> None:
    read, write = os.pipe()
    code = (
        "import os, socket\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    socket.socket().connect_ex(('192.0.2.1', 81))\n"
        f"    os.write({write}, str(os.getpid()).encode())\n"
        "    os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code], pass_fds=[write], timeout=60)
    assert os.read(read, 10)
    assert [breach.address for breach in current().breaches()] == ["192.0.2.1:81"]
