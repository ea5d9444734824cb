"""What the mock services cost and hold: first answers, requests a second, memory, tests beside each other.

    ./bazelw run //testing/bench:mocks
    ./bazelw run //testing/bench:mocks -- --peer --json FILE
    ./bazelw run //testing/bench:mocks -- --only throughput,memory --requests 20000

The payments mock makes, confirms and keeps a payment for each request; beside it stands WireMock with a stub
that says the same, from the same connections. In a load a server has one core to itself and the load the
other; in a start each has all. WireMock is used when it is in the cache; `--peer` gets it by npm.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from argparse import Namespace
from functools import partial
from pathlib import Path

import proxy
from crosstalk import CLIENTS, runs
from mock_loads import generator_rate, measure, peer_command
from mock_starts import FIRST_CALLS, serve, start_seconds
from served import Served
from sweep_run import SweepFailed, sweep
from wiremock_peer import VERSION, PeerMissing, find

from bench import Figure, Report, parser

PARTS = ("start", "throughput", "memory", "wiremock", "proxy", "namespaces", "sweep")
SWEPT = "//services/orders/tests/e2e:checkout_test"
WIREMOCK = f"WireMock {VERSION}, a stub"


def start(report: Report, rounds: int, peer: list[str] | None, *, ours: bool) -> None:
    """Process begun to first answer."""
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for name, call in FIRST_CALLS.items():
                if ours or name == "payments":
                    made = partial(serve, name, Path(folder))
                    seconds.setdefault(name, []).append(start_seconds(made, call))
            if peer:
                one = start_seconds(partial(Served, peer), FIRST_CALLS["payments"])
                seconds.setdefault("peer", []).append(one)
    took = {name: statistics.median(values) for name, values in seconds.items()}
    if ours:
        report.add(Figure("payments, start to first answer", took["payments"], "s", limit=0.4))
        for name in ("storage", "email", "openapi"):
            report.add(Figure(f"{name}, start to first answer", took[name], "s"))
    if peer:
        report.add(
            Figure(
                "payments, start beside",
                took["payments"],
                "s",
                took["peer"],
                WIREMOCK,
                0.5,
                "ratio",
            )
        )


def load(report: Report, chosen: Namespace, only: list[str], peer: list[str] | None) -> None:
    """Requests a second on one core, and memory after them."""
    rounds, requests = chosen.rounds, chosen.requests
    ours, theirs, warmed = measure(rounds, requests, peer)
    if "throughput" in only:
        report.add(
            Figure("payments, requests/s on one core", ours.rate, "", limit=5000, at_least=True)
        )
        canned = generator_rate(rounds, requests)
        report.add(Figure("  what the load can do: a server with one answer", canned, ""))
        report.add(Figure("  the load's share of its core", max(ours.shares), "", limit=0.9))
    if "memory" in only:
        name = f"payments, MB after {requests} payments, all kept"
        report.add(Figure(name, ours.memory, "", limit=100))
    if peer:
        rate = Figure(
            *("payments, requests/s beside", ours.rate, "", theirs.rate, WIREMOCK, 0.4, "ratio"),
            at_least=True,
        )
        report.add(rate)
        report.add(Figure("  seconds that it was warmed", warmed, "s"))
        report.add(Figure("  the load's share of its core", max(theirs.shares), "", limit=0.9))
        memory = ("payments, MB beside", ours.memory, "", theirs.memory, WIREMOCK, 1 / 3, "ratio")
        report.add(Figure(*memory))


def namespaces(report: Report, tests: int, count: int) -> None:
    """Many tests at once against one process."""
    with tempfile.TemporaryDirectory() as folder:
        for name, make in CLIENTS.items():
            with serve(name, Path(folder)) as served:
                clients = [make(served, number) for number in range(tests)]
                found = runs(clients, count, lambda text: print(text, file=sys.stderr))
            what = f"{name}, {tests} tests at once, {count} runs: "
            report.add(Figure(f"{what}cross-talk", found.crossed, "", limit=0))
            report.add(Figure("  calls that failed", found.failed, "", limit=0))
            report.add(Figure("  a run", found.seconds / count, "s"))


def swept(report: Report, label: str) -> None:
    """The sweep of a test."""
    try:
        seconds, cells = sweep(label)
    except SweepFailed as error:
        report.failed(f"sweep of {label}", str(error))
        return
    report.add(Figure(f"sweep of {label.rpartition(':')[2]}", seconds, "s", limit=120))
    report.add(Figure("  cells", cells.wanted, ""))
    share = 100 * cells.filled / cells.wanted if cells.wanted else 0
    report.add(Figure("  of them filled, %", share, "", limit=100, at_least=True))
    report.add(Figure("  hung or corrupted", cells.bad, "", limit=0))


def main() -> int:
    """Gives 1 when a limit is missed."""
    options = parser(__doc__ or "")
    proxy.add_options(options)
    options.add_argument(
        "--only", default=",".join(PARTS), help="parts to run (default: %(default)s)"
    )
    options.add_argument(
        "--peer", action="store_true", help="get WireMock by npm if it is not there"
    )
    options.add_argument(
        "--requests", type=int, default=10_000, help="of a load (default: %(default)s)"
    )
    options.add_argument(
        "--tests", type=int, default=50, help="at once, in namespaces (default: %(default)s)"
    )
    options.add_argument("--runs", type=int, default=100, help="of them (default: %(default)s)")
    options.add_argument("--sweep", default=SWEPT, help="the test to sweep (default: %(default)s)")
    chosen = options.parse_args()
    only = [part for part in chosen.only.split(",") if part]
    if unknown := sorted(set(only) - set(PARTS)):
        options.error(f"--only: {', '.join(unknown)} is none of {', '.join(PARTS)}")
    for name in ("rounds", "requests", "tests", "runs", "megabytes"):
        if getattr(chosen, name) < 1:
            options.error(f"--{name} {getattr(chosen, name)}: give 1 or more")
    report = Report("mocks")
    with tempfile.TemporaryDirectory() as folder:
        peer = None
        if "wiremock" in only:
            try:
                peer = peer_command(find(get=chosen.peer), Path(folder))
            except PeerMissing as error:
                report.not_run("payments beside WireMock", str(error))
        if "start" in only or peer:
            start(report, chosen.rounds, peer, ours="start" in only)
        if "throughput" in only or "memory" in only or peer:
            load(report, chosen, only, peer)
    if "proxy" in only:
        proxy.show(report, chosen.rounds, chosen.megabytes)
    if "namespaces" in only:
        namespaces(report, chosen.tests, chosen.runs)
    if "sweep" in only:
        swept(report, chosen.sweep)
    return report.finish(chosen.json)


if __name__ == "__main__":
    sys.exit(main())
