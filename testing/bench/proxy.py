"""What the fault proxy adds to a round trip, and how much goes through it, beside no proxy at all.

    ./bazelw run //testing/bench:proxy
    ./bazelw run //testing/bench:proxy -- --rounds 3 --megabytes 512 --json FILE

A server, the proxy and the client are three processes on loopback. In each round a client makes round
trips of 128 bytes, sends bulk of which the server says how much arrived, and makes short connections:
directly, through the proxy without toxics, and through one whose toxic spares the connection.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import multiprocessing.connection
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import belljar.mocks.proxy
from bench import Figure, Report, parser

_MEGABYTE = 1 << 20
_TRIPS = 2000
_SHORT = 300
Address = tuple[str, int]
Sides = dict[str, float]


def serve(ready: multiprocessing.connection.Connection) -> None:
    """Echoes what comes in small pieces (first byte E), or counts bulk and says how much (B)."""

    def one(client: socket.socket) -> None:
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if client.recv(1) == b"E":
                while data := client.recv(4096):
                    client.sendall(data)
                return
            buffer, total = bytearray(_MEGABYTE), 0
            while came := client.recv_into(buffer):
                total += came
            client.sendall(b"%d" % total)

    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        ready.send(listening.getsockname())
        while True:
            client, _ = listening.accept()
            threading.Thread(target=one, args=(client,), daemon=True).start()


def trips(address: Address) -> float:
    """Gives the median microseconds of a round trip."""
    times = []
    with socket.create_connection(address) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"E")
        for _ in range(_TRIPS):
            start = time.perf_counter()
            client.sendall(bytes(128))
            client.recv(4096)
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


def bulk(address: Address, megabytes: int) -> float:
    """Gives the megabytes (of a million bytes) that arrive in a second."""
    block = bytes(_MEGABYTE)
    with socket.create_connection(address) as client:
        start = time.perf_counter()
        client.sendall(b"B")
        for _ in range(megabytes):
            client.sendall(block)
        client.shutdown(socket.SHUT_WR)
        arrived = b"".join(iter(lambda: client.recv(64), b""))
        seconds = time.perf_counter() - start
    if int(arrived) != megabytes * _MEGABYTE:
        sys.exit(f"proxy: {int(arrived)} of {megabytes * _MEGABYTE} bytes arrived")
    return megabytes * _MEGABYTE / seconds / 1e6


def short(address: Address) -> float:
    """Gives the microseconds of a connection with one round trip."""
    start = time.perf_counter()
    for _ in range(_SHORT):
        with socket.create_connection(address) as client:
            client.sendall(b"Ex")
            client.recv(1)
    return (time.perf_counter() - start) / _SHORT * 1e6


def create(api: Address, name: str, upstream: Address, **fields: str) -> Address:
    """Makes a proxy and gives its address."""
    body = {"name": name, "upstream": f"{upstream[0]}:{upstream[1]}", **fields}
    shown = post(api, "/proxies", body)
    host, _, port = str(shown["listen"]).rpartition(":")
    return host, int(port)


def post(api: Address, path: str, body: object) -> dict[str, object]:
    """Posts JSON and gives the JSON that comes back."""
    connection = http.client.HTTPConnection(*api)
    connection.request("POST", path, json.dumps(body))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return dict(answer)


def measure(rounds: int, megabytes: int) -> tuple[Sides, Sides, Sides]:
    """Gives the medians: microseconds of a round trip, MB/s, microseconds of a short connection."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    direct: Address = ours.recv()
    package = Path(belljar.mocks.proxy.__file__).parents[3]
    proxy = subprocess.Popen(
        [sys.executable, "-m", "belljar.mocks.proxy", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=package,
    )
    try:
        assert proxy.stdout
        found = re.search(r"listens at (.*):(\d+)", proxy.stdout.readline())
        assert found
        api = found[1], int(found[2])
        plain = create(api, "plain", direct)
        spared = create(api, "spared", direct)
        latency = {"type": "latency", "attributes": {"latency": 1000, "skip": 10**9}}
        post(api, "/proxies/spared/toxics", latency)
        sides = {"direct": direct, "plain": plain, "spared": spared}
        rtt: dict[str, list[float]] = {name: [] for name in sides}
        rate: dict[str, list[float]] = {name: [] for name in sides}
        brief: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, address in sides.items():
                rtt[name].append(trips(address))
                rate[name].append(bulk(address, megabytes))
                brief[name].append(short(address))
    finally:
        proxy.terminate()
        proxy.wait()
        server.kill()
    trip, through, connect = (
        {name: statistics.median(values) for name, values in figures.items()}
        for figures in (rtt, rate, brief)
    )
    return trip, through, connect


def show(report: Report, rounds: int, megabytes: int) -> None:
    """Measures, and adds the figures."""
    trip, through, connect = measure(rounds, megabytes)
    report.add(
        Figure("round trip through the proxy, µs", trip["plain"], "", trip["direct"], "direct")
    )
    report.add(Figure("  added", trip["plain"] - trip["direct"], "", limit=150))
    report.add(Figure("  added, with a toxic that spares it", trip["spared"] - trip["direct"], ""))
    report.add(
        Figure(
            "bulk through the proxy, MB/s",
            through["plain"],
            "",
            through["direct"],
            "direct",
            limit=500,
            at_least=True,
        )
    )
    report.add(Figure("short connection, µs", connect["plain"], "", connect["direct"], "direct"))


def main() -> int:
    """Gives 1 when a limit is missed."""
    options = parser(__doc__ or "")
    add_options(options)
    chosen = options.parse_args()
    report = Report("proxy")
    show(report, chosen.rounds, chosen.megabytes)
    return report.finish(chosen.json)


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds the options of `show`."""
    options.add_argument(
        "--megabytes", type=int, default=1024, help="of bulk in a round (default: %(default)s)"
    )


if __name__ == "__main__":
    sys.exit(main())
