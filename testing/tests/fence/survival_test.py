"""The fence when something goes wrong with it, and when a test does what tests rarely do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from belljar.fence import NullFence, current

Inside = Callable[..., Any]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux has the kernel's fence"
)


@pytest.fixture
def alone() -> None:
    """Nobody else has the supervisor that the test is going to harm."""
    if not isinstance(current(), NullFence):
        pytest.skip("under Bazel the supervisor is the target's, and its end the test's")


@pytest.mark.usefixtures("alone")
def test_nobody_waits_for_a_supervisor_that_was_killed(inside: Inside) -> None:
    seen = inside(
        "import select\n"
        "fence = fenced()\n"
        "process = os.pidfd_open(supervisor())\n"
        "signal.pidfd_send_signal(process, signal.SIGKILL)\n"
        "select.select([process], [], [])\n"
        "out = connect(('127.0.0.1', 9))\n"
        "try: fence.breaches()\n"
        "except Exception as error: told = str(error)\n"
        "fence.unregister('127.0.0.1:9')\n"
        "print(json.dumps(dict(out=out, told=told, breaches=[])))"
    )
    assert seen.said["out"] == "ENOSYS"
    assert "supervisor is gone" in seen.said["told"]


@pytest.mark.usefixtures("alone")
def test_a_supervisor_without_descriptors_says_that_it_could_not_judge(inside: Inside) -> None:
    seen = inside(
        "import resource\n"
        "fence = fenced()\n"
        "used = len(os.listdir(f'/proc/{supervisor()}/fd'))\n"
        "_, most = resource.prlimit(supervisor(), resource.RLIMIT_NOFILE)\n"
        "resource.prlimit(supervisor(), resource.RLIMIT_NOFILE, (used, most))\n"
        "connect(('127.0.0.1', 9))\n"
        "resource.prlimit(supervisor(), resource.RLIMIT_NOFILE, (most, most))\n"
        "say()"
    )
    assert seen.breach.kind == "unjudged"
    assert "Too many open files" in seen.breach.address


def test_an_interrupted_question_leaves_no_breach_untold(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "connect(('192.0.2.1', 80))\n"
        "def interrupted(): raise KeyboardInterrupt\n"
        "fence._reply = interrupted\n"
        "try: fence.breaches()\n"
        "except KeyboardInterrupt: del fence._reply\n"
        "connect(('198.51.100.2', 80))\n"
        "say()"
    )
    assert [breach.address for breach in seen.breaches] == ["192.0.2.1:80", "198.51.100.2:80"]


def test_many_long_command_lines_are_told(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "code = 'for port in range(1, 151): socket.socket().connect_ex((\"192.0.2.1\", port))'\n"
        "subprocess.run([sys.executable, '-I', '-c', 'import socket\\n' + code, '\U0001f514' * 400])\n"
        "say()"
    )
    assert len(seen.breaches) == 100
    assert seen.breaches[0].command.endswith("\U0001f514…")


def test_the_supervisor_is_no_child_that_a_test_would_wait_for(inside: Inside) -> None:
    seen = inside("fence = fenced()\nsay(out=attempt(os.waitpid, -1, os.WNOHANG))")
    assert seen.said["out"] == "ECHILD"


@pytest.mark.parametrize("executes", [True, False])
def test_what_the_tests_own_daemons_listen_at_is_reached(inside: Inside, executes: bool) -> None:
    """They have left the tree; under plain pytest nobody of it has become their parent."""
    seen = inside(
        "fence = fenced()\n"
        "ports, told = os.pipe(); held, end = os.pipe()\n"
        "server = 'import os, socket; server = socket.create_server((\"127.0.0.1\", 0));'\n"
        "server += f'os.write({told}, str(server.getsockname()[1]).encode()); os.read({held}, 1)'\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.close(end)\n"
        "        if os.environ['EXECUTES'] == 'True':\n"
        "            os.set_inheritable(told, True); os.set_inheritable(held, True)\n"
        "            os.execv(sys.executable, [sys.executable, '-I', '-c', server])\n"
        "        exec(server)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "port = int(os.read(ports, 10))\n"
        "say(out=connect(('127.0.0.1', port)))",
        EXECUTES=str(executes),
    )
    assert seen.said["out"] == "ok"
    assert seen.breaches == []


def test_an_agent_that_hides_what_it_holds_is_the_tests_own(inside: Inside, short: Path) -> None:
    """As gpg-agent and ssh-agent do, which have left the tree as well."""
    if os.geteuid() == 0:
        pytest.skip("root may read every process")
    seen = inside(
        "fence = fenced()\n"
        "server = 'import ctypes, os, socket\\n'\n"
        "server += 'server = socket.socket(socket.AF_UNIX); server.bind(os.environ[\"HERE\"]); server.listen()\\n'\n"
        "server += 'ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\\n'\n"
        "server += 'os.setsid(); os.fork() and os._exit(0); print(flush=True); os.read(0, 1)'\n"
        "command = ['env', '-i', 'HERE=' + os.environ['HERE'], sys.executable, '-I', '-c', server]\n"
        "agent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "agent.stdout.readline(); agent.wait()\n"
        "say(out=connect(os.environ['HERE'], socket.AF_UNIX))",
        HERE=str(short / "agent.sock"),
    )
    assert seen.said["out"] == "ok"
    assert seen.breaches == []


def test_who_only_reports_refuses_nothing(inside: Inside) -> None:
    seen = inside(
        "fence = fenced(private=True, refuses=False)\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "address = '127.0.0.1:%d' % server.getsockname()[1]\n"
        "fence.register(address, '//mocks:payments', 'payments')\n"
        "say(out=connect(server.getsockname()), address=address)"
    )
    assert seen.said["out"] == "ok"
    assert seen.breach.address == seen.said["address"]
