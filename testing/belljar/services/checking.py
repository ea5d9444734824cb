"""`check_nodes`: descriptions that can't be started are refused before anything starts."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence

from belljar.services.description import Node, Service, default_port
from belljar.services.errors import BadDescription, DependencyCycle, DuplicateName, UnknownNode
from belljar.services.texts import check_kinds, check_texts

__all__ = ["READY_KINDS", "STOP_SIGNALS", "check_nodes", "one_of", "stop_signal"]

STOP_SIGNALS = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2")
READY_KINDS = {
    "command": "a command line that exits with 0",
    "http": "a path that answers 2xx",
    "log": "a regular expression of a line",
    "tcp": "the name of a port",
}
NAME = re.compile(r"[A-Za-z0-9_-]+")
SCHEME = re.compile(r"[A-Za-z0-9_+-]+")
# What the first line of a request may have; everything else is percent-encoded.
HTTP_PATH = re.compile(r"/[!-~]*")


def one_of(choices: Sequence[str] | Mapping[str, object], none: str = "") -> str:
    """Return "choose one of a, b", or what to say where there is nothing to choose from."""
    return "choose one of " + ", ".join(sorted(choices)) if choices else none


def check_nodes(nodes: Sequence[Node]) -> dict[str, Node]:
    """Return the nodes by name, each after all that it needs. Raises a `BadDescription`."""
    by_name: dict[str, Node] = {}
    nodes = check_kinds(nodes)
    for node in nodes:
        other = by_name.setdefault(node.name, node)
        if other is not node:
            both = (
                f"{other.title} and {node.title}"
                if node.label
                else f"two nodes named {node.name!r}"
            )
            raise DuplicateName(
                f"two nodes of the graph have the name {node.name!r}: {both}",
                fix="rename one: placeholders, logs and services[...] know a node by its name",
            )
    for node in nodes:
        _check_node(node)
        for name in node.needs:
            if name not in by_name:
                raise UnknownNode(
                    f"{node.title} needs {name!r}, which is not in the graph",
                    fix=one_of(by_name) + ", or add a Service of that name",
                )
        for name in node.callbacks:
            if name not in by_name or name == node.name:
                others = [other for other in by_name if other != node.name]
                raise UnknownNode(
                    f"{node.title}: callbacks has {name!r}, which is no other node of the graph",
                    fix=one_of(others, "leave it out"),
                )
    return _ordered(by_name)


def _ordered(by_name: Mapping[str, Node]) -> dict[str, Node]:
    done: dict[str, Node] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in path:
            cycle = [*path[path.index(name) :], name]
            raise DependencyCycle(
                "nodes wait for each other: "
                + " -> ".join(by_name[step].title for step in cycle)
                + " (each needs the next)",
                fix="take one of these out of the deps or after of the one before it",
            )
        path.append(name)
        for need in by_name[name].needs:
            visit(need)
        path.pop()
        done[name] = by_name[name]

    for name in by_name:
        visit(name)
    return done


def _check_node(node: Node) -> None:
    if not isinstance(node.name, str) or not NAME.fullmatch(node.name):
        raise BadDescription(
            f"{node.name!r} can't be the name of a node", fix="use letters, digits, _ and - only"
        )
    check_texts(node)
    if not node.command:
        raise BadDescription(
            f"{node.title} has an empty command",
            fix="name the program: command=[sys.executable, ...]",
        )
    for name, database in node.databases.items():
        if database is None or (isinstance(database, str) and database != "valkey"):
            raise BadDescription(
                f"{node.title}: databases has {name!r}: {database!r}, which is none",
                fix='give a template (a fixture such as database_template has one), or "valkey"',
            )
        if name in node.deps:
            raise BadDescription(
                f"{node.title}: {{url:{name}}} would be both a dep and a database",
                fix="rename one of the two",
            )
    for file in node.files:
        if not file or "/" in file or "\\" in file or file in (".", ".."):
            raise BadDescription(
                f"{node.title}: files has {file!r}, which is no file name",
                fix="give one without folders",
            )
    if isinstance(node, Service):
        _check_service(node)
    else:
        _check_number(node, "timeout", "more than 0 seconds", lambda value: value > 0)


def _check_service(node: Service) -> None:
    for port, scheme in node.ports.items():
        if not NAME.fullmatch(port) or not SCHEME.fullmatch(scheme):
            raise BadDescription(
                f"{node.title}: ports has {port!r}: {scheme!r}",
                fix="give a name of letters, digits, _ and -, and the scheme of its URLs "
                "(http, grpc, tcp, ...), or unix for a Unix socket",
            )
    if node.stop_signal not in STOP_SIGNALS:
        raise BadDescription(
            f"{node.title}: stop_signal {node.stop_signal!r} is unknown", fix=one_of(STOP_SIGNALS)
        )
    _check_number(node, "instances", "1 or more", lambda value: value >= 1 and value % 1 == 0)
    _check_number(node, "ready_timeout", "more than 0 seconds", lambda value: value > 0)
    _check_number(node, "stop_grace", "0 seconds or more", lambda value: value >= 0)
    codes: object = node.exit_codes
    if not (isinstance(codes, list | tuple) and all(isinstance(code, int) for code in codes)):
        raise BadDescription(
            f"{node.title}: exit_codes is {codes!r}", fix="give a list of numbers, such as [0, 143]"
        )
    if node.ready is not None:
        _check_ready(node, node.ready)


def _check_number(node: Node, what: str, wanted: str, fits: Callable[[float], bool]) -> None:
    value = getattr(node, what)
    if not isinstance(value, int | float) or not fits(value):
        raise BadDescription(f"{node.title}: {what} is {value!r}", fix=f"give {wanted}")


def _check_ready(node: Service, ready: Mapping[str, object]) -> None:
    if not isinstance(ready, Mapping):
        raise BadDescription(
            f"{node.title}: ready is {ready!r}, which is no dict", fix='write {"http": "/path"}'
        )
    what = f"{node.title}: ready is {dict(ready)!r}"
    kinds = [key for key in ready if key in READY_KINDS]
    if len(kinds) != 1:
        choices = ", ".join(f"{kind} ({meaning})" for kind, meaning in READY_KINDS.items())
        raise BadDescription(
            f"{what}, with {' and '.join(kinds) or 'no condition'}",
            fix=f"give exactly one of {choices}",
        )
    kind = kinds[0]
    also = ("port", "status") if kind == "http" else ()
    for key in ready:
        if key != kind and key not in also:
            raise BadDescription(
                f"{what}: {key!r} is unknown beside {kind!r}", fix=one_of(also, f"drop {key!r}")
            )
    value = ready[kind]
    words = isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)
    if not value or not (isinstance(value, str) or (kind == "command" and words)):
        raise BadDescription(f"{what}: {value!r} is no {kind}", fix=f"give {READY_KINDS[kind]}")
    if kind == "tcp":
        _check_port(node, what, str(value))
    elif kind == "http":
        _check_http(node, what, ready)
    elif kind == "log":
        _check_log(node, what, str(value))
    elif isinstance(value, str):
        _check_command(what, value)


def _check_http(node: Service, what: str, ready: Mapping[str, object]) -> None:
    if not str(ready["http"]).startswith("/"):
        raise BadDescription(f"{what}: http is no path", fix='begin it with "/"')
    if not HTTP_PATH.fullmatch(str(ready["http"])):
        raise BadDescription(
            f"{what}: http has what no request can", fix="percent-encode it: %20 for a space"
        )
    status = ready.get("status", 200)
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise BadDescription(f"{what}: status {status!r} is none", fix="give a number, 100 to 599")
    port = ready.get("port") or default_port(node)
    if port is None and node.ports:
        raise BadDescription(
            f"{what}: it has several ports and none called main",
            fix=f'add "port": {one_of(node.ports)}',
        )
    _check_port(node, what, str(port or ""))
    if node.ports[str(port)] == "unix":
        raise BadDescription(
            f"{what}: port {port!r} is a Unix socket, which has no URL that answers",
            fix='leave ready out (it is ready when it listens), or give "log" or "command"',
        )
    if node.ports[str(port)] == "https":
        raise BadDescription(
            f"{what}: port {port!r} has https, and it is asked in plain HTTP",
            fix='leave ready out (it is ready when it listens), or give "log" or "command"',
        )


def _check_log(node: Service, what: str, pattern: str) -> None:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise BadDescription(
            f"{what}: {error}", fix="give a regular expression of Python's re"
        ) from None
    for group in groups:
        port = next(iter(node.ports)) if group == "port" and len(node.ports) == 1 else group
        if port not in node.ports:
            raise BadDescription(
                f"{what}: its group {group!r} is no port",
                fix=one_of(node.ports, "give it ports, or drop the group's name"),
            )
        if node.ports[port] == "unix":
            raise BadDescription(
                f"{what}: port {port!r} is a Unix socket, which a log can't report",
                fix=f"put {{address:.{port}}} into args or env",
            )


def _check_command(what: str, command: str) -> None:
    try:
        shlex.split(command)
    except ValueError as error:
        raise BadDescription(
            f"{what}: {str(error).lower()}", fix="close it, or give a list of words"
        ) from None


def _check_port(node: Service, what: str, port: str) -> None:
    if port not in node.ports:
        raise BadDescription(
            f"{what}: it has no port {port!r}" if port else f"{what}: it has no port to ask",
            fix=one_of(node.ports, "give it ports, or choose log or command"),
        )


def stop_signal(node: Service) -> int:
    """Return the number of the signal that asks it to end. SIGTERM where there is no such signal."""
    return int(getattr(signal, node.stop_signal, signal.SIGTERM))
