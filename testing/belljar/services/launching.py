"""`launch`: one process of a node, from its description and what the graph knows by now."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from belljar.processes import Process, start_process
from belljar.processes.errors import ProcessError, describe_exit
from belljar.services.checking import stop_signal
from belljar.services.description import Node, Service
from belljar.services.environment import base_environment
from belljar.services.errors import EndedEarly, NotStarted, ServiceNotReady, StartFailed, TaskFailed
from belljar.services.placeholders import Lookup, expand
from belljar.services.rendering import render
from belljar.services.surroundings import Surroundings, stem_of

__all__ = ["Launched", "launch", "title_of", "why_not_ready", "why_not_started"]

# What a service may take to end when the test was killed: nothing is left after five seconds.
ORPHAN_SECONDS = 2.0
IN_USE = ("address already in use", "eaddrinuse", "address in use", "only one usage of each socket")


@dataclass(frozen=True)
class Launched:
    """A process that was started, and what it was told."""

    process: Process
    env: Mapping[str, str]
    cwd: Path | None
    lookup: Lookup


def title_of(node: Node, index: int) -> str:
    """Return what messages call an instance: its label, with a number where there are several."""
    return node.title if getattr(node, "instances", 1) == 1 else f"{node.title} [{index}]"


def launch(node: Node, index: int, around: Surroundings) -> Launched:
    """Return a process that has just been started. Raises `NotStarted`, or a database's error."""
    folder, home, tmp = around.prepare(node.name, index)
    with ExitStack() as stack:
        fds: dict[str, int] = {}
        for name, port in around.ports[node.name, index].items():
            bound: socket.socket | None = port.before_start()
            if bound is not None:
                fds[name] = stack.enter_context(bound).fileno()
        lookup = around.lookup(node, index, fds)
        render(node, folder, lookup)
        arguments = [*node.command[1:], *node.args]
        argv = [expand(text, f"{node.title}: args", lookup) for text in arguments]
        env = base_environment(node, home, tmp)
        env |= {
            key: expand(text, f"{node.title}: env {key}", lookup) for key, text in node.env.items()
        }
        grace = node.stop_grace if isinstance(node, Service) else ORPHAN_SECONDS
        try:
            process = start_process(
                [node.command[0], *argv],
                name=title_of(node, index),
                env=env,
                cwd=node.cwd,
                log=around.logs / f"{stem_of(node, index)}.log",
                stop_signal=stop_signal(node) if isinstance(node, Service) else signal.SIGTERM,
                stop_grace=grace,
                orphan_grace=min(grace, ORPHAN_SECONDS),
                pass_fds=() if sys.platform == "win32" else tuple(fds.values()),
                remove_if_orphaned=(around.root,),
            )
        except ProcessError as error:
            raise why_not_started(node, index, error, around) from None
    return Launched(process, env, node.cwd, lookup)


def why_not_started(
    node: Node, index: int, error: ProcessError, around: Surroundings
) -> NotStarted:
    """Return the error for a command that can't be executed."""
    reason = str(error).partition("\n")[0].partition(" was not started: ")[2] or str(error)
    return NotStarted(
        around.secrets.redact(f"{title_of(node, index)} was not started: {reason}"),
        facts={"command": around.secrets.redact(" ".join(error.command))},
        fix=error.fix or "name an executable file as its binary",
    )


def why_not_ready(
    node: Node, index: int, error: ProcessError, around: Surroundings, *, seen: str = ""
) -> StartFailed:
    """Return the error for a process that ended too soon, or was not ready in time.

    `seen` is what the process does instead.
    """
    ended = error.returncode is not None
    task = not isinstance(node, Service)
    redact = around.secrets.redact
    code = describe_exit(error.returncode) if error.returncode is not None else ""
    if ended:
        what = f"failed: {code}" if task else f"ended before it was ready: {code}"
    else:
        allowed = node.ready_timeout if isinstance(node, Service) else node.timeout
        what = (
            f"did not end within {allowed:g} s" if task else f"was not ready within {allowed:g} s"
        )
    kind = TaskFailed if task else EndedEarly if ended else ServiceNotReady
    ports = around.ports[node.name, index].values()
    return kind(
        redact(f"{title_of(node, index)} {what}"),
        facts={
            "address": ", ".join(
                port.url for port in ports if port.number or port.scheme == "unix"
            ),
            "waiting for": redact(error.waiting_for),
            "last status": redact(error.last_status),
            "seen": seen,
            "command": redact(" ".join(error.command)),
        },
        log_tail=redact(error.log_tail),
        log_name=str(around.logs / f"{stem_of(node, index)}.log"),
        fix=_fix(node, error),
    )


def _fix(node: Node, error: ProcessError) -> str:
    if any(sign in error.log_tail.lower() for sign in IN_USE):
        return (
            "the port is kept for it by a socket of ours: set SO_REUSEADDR before it binds, "
            "or let it take the socket itself with {fd}"
        )
    if not isinstance(node, Service):
        return (
            "mend what its last lines say" if error.returncode is not None else "raise its timeout"
        )
    if error.returncode == 0:
        return "let it run in the foreground: the process that was started is the service"
    if error.returncode is not None:
        return "mend what its last lines say; it has no more in its environment than it declares"
    if "refused" in error.last_status or "no such file" in error.last_status:
        return "let it listen at the address it is told, or raise ready_timeout if it is slow"
    if "timed out" in error.last_status:
        return "let it answer within a second: no look at it waits longer"
    return "see what it still waits for, or raise ready_timeout if it is slow"
