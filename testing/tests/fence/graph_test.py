"""The fence around a graph of services: this test declares `near` and `lonely`, and not `far`."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from belljar.fence import Breach, current, explain
from belljar.services import RunningService

FAR = "//testing/tests/fence:far"
LONELY = "//testing/tests/fence:lonely"

# The kernel's connect by its number, in a process that has nothing of ours.
RAW = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
number = {"x86_64": 42, "aarch64": 203}[os.uname().machine]
address = struct.pack("=H", 2) + struct.pack(">H", int(sys.argv[1])) + bytes([127, 0, 0, 1]) + bytes(8)
libc.syscall(number, libc.socket(2, 1, 0), address, 16)
"""

pytestmark = pytest.mark.skipif(
    not os.environ.get("BELLJAR_SEAL_SEEN", "").startswith("sealed"),
    reason="the graph is the target's; plain pytest has none",
)

Services = Mapping[str, RunningService]
Way = Callable[[int], object]


def got(service: RunningService, question: str) -> str:
    with urllib.request.urlopen(f"{service.url}/{question}", timeout=30) as reply:
        return str(reply.read().decode())


@pytest.fixture
def far(services: Services) -> str:
    """The address of the service that the test does not declare."""
    return got(services["near"], "env/FAR")


def to(host: str, family: int = socket.AF_INET) -> Way:
    def way(port: int) -> None:
        with socket.socket(family) as client:
            client.connect((host, port))

    return way


def in_a_child(port: int) -> None:
    subprocess.run(["env", "-i", sys.executable, "-I", "-c", RAW, str(port)], timeout=60)


def in_a_thread(port: int) -> None:
    thread = threading.Thread(target=socket.socket().connect_ex, args=[("127.0.0.1", port)])
    thread.start()
    thread.join()


def without_waiting(port: int) -> None:
    asyncio.run(asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 30))


def by_datagram(port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", ("127.0.0.1", port))


def by_message(port: int) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.sendmsg([b"x"], [], 0, ("127.0.0.1", port))


def in_a_fork(port: int) -> None:
    child = os.fork()
    if child == 0:
        socket.socket().connect_ex(("127.0.0.1", port))
        os._exit(0)
    os.waitpid(child, 0)


def in_a_daemon(port: int) -> None:
    done, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            socket.socket().connect_ex(("127.0.0.1", port))
            os.write(end, b".")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(done, 1) == b"."


@pytest.mark.parametrize(
    "way",
    [
        to("127.0.0.1"),
        to("127.0.0.2"),
        to("0.0.0.0"),
        to("localhost"),
        to("::ffff:127.0.0.1", socket.AF_INET6),
        in_a_child,
        in_a_thread,
        without_waiting,
        by_datagram,
        by_message,
        in_a_fork,
        in_a_daemon,
    ],
)
def test_what_is_not_declared_is_reached_in_no_way(far: str, way: Way) -> None:
    port = int(far.rpartition(":")[2])
    with suppress(OSError):
        way(port)
    (breach,) = current().breaches()
    assert (breach.source, breach.label, breach.name) == ("", FAR, "far")
    assert breach.address.endswith(f":{port}")
    told = explain([breach], os.environ["BELLJAR_TARGET"])
    assert told.startswith(f"//testing/tests/fence:graph_test connected to {breach.address}")
    assert f'Add to the BUILD file: services = ["{FAR}"]' in told


def test_nor_is_its_unix_socket(services: Services, far: str) -> None:
    path = got(services["near"], "env/FAR_LOCAL")
    with socket.socket(socket.AF_UNIX) as client:
        assert client.connect_ex(path)
    (breach,) = current().breaches()
    assert (breach.address, breach.label) == (path, FAR)


def test_a_service_reaches_its_deps_and_another_does_not(services: Services, far: str) -> None:
    assert got(services["near"], f"reach/{far}") == "ok"
    assert current().breaches() == []
    assert got(services["lonely"], f"reach/{far}") == "ECONNREFUSED"
    (breach,) = current().breaches()
    assert (breach.source, breach.label) == (LONELY, FAR)
    assert f'Add to {LONELY}\'s test_service: deps = ["{FAR}"]' in str(breach)


def test_a_database_is_reached_by_who_has_it(services: Services) -> None:
    path = got(services["near"], "env/CACHE").removeprefix("unix://").partition("?")[0]
    assert got(services["near"], f"reach/{path}") == "ok"
    assert current().breaches() == []
    assert got(services["lonely"], f"reach/{path}") == "ECONNREFUSED"
    breaches: list[Breach] = current().breaches()
    assert [(breach.source, breach.name) for breach in breaches] == [(LONELY, "valkey")]


def test_what_is_declared_is_reached(services: Services) -> None:
    with socket.create_connection(("127.0.0.1", services["near"].port)):
        pass
    in_a_child(services["lonely"].port)
    assert current().breaches() == []
