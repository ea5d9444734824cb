"""A mock as a process: its options, its one line of output, its end, and what it costs to start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import stripe


@pytest.fixture
def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def run(
    stack: ExitStack, environment: dict[str, str], *options: str, **more: object
) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "belljar.mocks.payments", *options]
    process: subprocess.Popen[str] = stack.enter_context(
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,  # type: ignore[call-overload]  # pass_fds
        )
    )
    stack.callback(process.kill)
    return process


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("payments: listening on http://127.0.0.1:"), line
    return line.split()[-1]


def ask(url: str) -> list[object]:
    client = stripe.StripeClient("sk_test_a", base_addresses={"api": url})
    return list(client.v1.customers.list().data)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_asked_to_stop_and_ends_with_0(
    stack: ExitStack, environment: dict[str, str], number: signal.Signals
) -> None:
    process = run(stack, environment, "--port", "0")
    assert ask(url_of(process)) == []
    process.send_signal(number)
    out, error = process.communicate(timeout=10)
    assert (process.returncode, out, error) == (0, "", "")


def test_it_takes_a_socket_that_it_inherits(stack: ExitStack, environment: dict[str, str]) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        number = bound.fileno()
        process = run(stack, environment, "--fd", str(number), pass_fds=[number])
        url = url_of(process)
        assert url.endswith(f":{bound.getsockname()[1]}")
        assert ask(url) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--fd", "77"), "inherits"), (("--host", "192.0.2.1"), "choose another address")],
)
def test_an_address_that_can_not_be_is_told_without_a_trace(
    stack: ExitStack, environment: dict[str, str], options: tuple[str, ...], told: str
) -> None:
    process = run(stack, environment, *options)
    _, error = process.communicate(timeout=10)
    assert process.returncode == 2
    assert told in error and "Traceback" not in error


def test_a_server_imports_no_client_and_no_framework(environment: dict[str, str]) -> None:
    """They would be most of its start and its memory."""
    code = (
        "import sys, belljar.mocks.payments.__main__; "
        "print([name for name in ('stripe', 'pydantic', 'requests', 'httpx', 'pytest', "
        "'belljar.faults') if name in sys.modules])"
    )
    answer = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert answer == "[]\n"
