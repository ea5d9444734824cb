"""`check_references`: placeholders refer to what is there, and what a node was given is used.

Bazel says the same of what it can see. What stands in the templates of files is only seen here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from belljar.services.checking import one_of
from belljar.services.description import Node, default_port
from belljar.services.errors import BadDescription, BadPlaceholder
from belljar.services.placeholders import VERBS, Reference, form_of, scan, scan_template

__all__ = ["Delivery", "check_references", "port_of", "read_template", "ready_command", "reported"]

Delivery: TypeAlias = Literal["fd", "number", "report"]
"""How a port comes to its process: as a socket, as a number (or path), or the other way round."""

# What the process itself reads; the rest is read by those who start it or talk to it.
TOLD = ("args", "env", "file")
PORT_FORMS = ("port", "own port", "others' port")


class Use(NamedTuple):
    """A placeholder, and in which attribute it stands."""

    kind: str
    reference: Reference


def check_references(node: Node, nodes: Mapping[str, Node]) -> dict[str, Delivery]:
    """Return how each port of the node is delivered. Raises a `BadDescription`."""
    uses = _uses(node)
    for kind, reference in uses:
        _check(node, nodes, kind, reference)
    named = {reference.name for _, reference in uses}
    for name in node.deps:
        if nodes[name].ports and name not in named:
            raise BadPlaceholder(
                f"{node.title}: deps has {nodes[name].title}, whose address it is never told",
                fix=f"put {{url:{name}}} into args or env, or move it to after",
            )
    for name in node.databases:
        if name not in named:
            raise BadPlaceholder(
                f"{node.title}: databases has {name!r}, whose URL it is never told",
                fix=f"put {{url:{name}}} into args or env, or drop it",
            )
    secrets = {use.part for _, use in uses if use.verb == "secret" and not use.name}
    for name in node.secrets:
        if name not in secrets:
            raise BadPlaceholder(
                f"{node.title}: secrets has {name!r}, which it is never told",
                fix=f"put {{secret:{name}}} into args or env, or drop it",
            )
    files = {use.part for _, use in uses if use.verb == "file"}
    lies_in = any(use.verb == "folder" for _, use in uses)
    for name in node.files:
        if name not in files and not lies_in:
            raise BadPlaceholder(
                f"{node.title}: files has {name!r}, whose path it is never told",
                fix=f"put {{file:{name}}} (or {{folder}}, where it lies) into args or env, or drop it",
            )
    return {port: _delivery(node, port, uses) for port in node.ports}


def port_of(node: Node, reference: Reference) -> str:
    """Return the name of the port of `node` that is meant. Raises `BadPlaceholder`."""
    if not node.ports:
        also = " and move it from deps to after" if reference.name else ""
        raise BadPlaceholder(
            f"{reference.told}: {node.title} has no ports",
            fix=f"give it some, or leave the placeholder out{also}",
        )
    port = reference.part or default_port(node)
    if port is None:
        raise BadPlaceholder(
            f"{reference.told}: {node.title} has several ports and none called main",
            fix=f"write {{{reference.verb}:{reference.name}.PORT}}: {one_of(node.ports)}",
        )
    if port not in node.ports:
        raise BadPlaceholder(
            f"{reference.told}: {node.title} has no port {port!r}", fix=one_of(node.ports)
        )
    if node.ports[port] == "unix" and reference.verb in ("host", "port"):
        raise BadPlaceholder(
            f"{reference.told}: port {port!r} of {node.title} is a Unix socket, "
            f"which has no {reference.verb}",
            fix="use {address} or {url}",
        )
    return port


def ready_command(node: Node) -> list[str]:
    """Return the words of `ready["command"]`; none where it is not ready by a command."""
    command = (node.ready or {}).get("command", [])
    if isinstance(command, str):
        return shlex.split(command)
    return [str(word) for word in command] if isinstance(command, list | tuple) else []


def reported(node: Node) -> dict[str, str]:
    """Return which port each group of `ready["log"]` reports, by the group's name."""
    pattern = str((node.ready or {}).get("log", ""))
    only = next(iter(node.ports)) if len(node.ports) == 1 else ""
    groups = re.compile(pattern).groupindex
    return {group: group if group in node.ports else only for group in groups}


def read_template(node: Node, file: str) -> str:
    """Return the text that a file is rendered from. Raises `BadDescription`."""
    path = node.files[file]
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise BadDescription(
            f"{node.title}: files has {file!r}, whose template {path} can't be read: {reason}",
            fix="name a text file that is there",
        ) from None


def _uses(node: Node) -> list[Use]:
    uses = []
    texts = [("args", "args", text) for text in (*node.command[1:], *node.args)]
    texts += [("env", f"env {key}", text) for key, text in node.env.items()]
    texts += [("exports", f"exports {key}", text) for key, text in node.exports.items()]
    texts += [("ready", "ready command", text) for text in ready_command(node)]
    for kind, where, text in texts:
        uses += [Use(kind, use) for use in scan(text, f"{node.title}: {where} = {text!r}")]
    for file, path in node.files.items():
        found = scan_template(read_template(node, file), f"{node.title}: {path}")
        uses += [Use("file", use) for use in found]
    return uses


def _check(node: Node, nodes: Mapping[str, Node], kind: str, use: Reference) -> None:
    form = VERBS[use.verb]
    if form == "own port" and kind not in TOLD:
        raise BadPlaceholder(
            f"{use.told}: a socket is inherited by the process alone", fix="use it in args or env"
        )
    if use.name in node.databases:
        if use.verb != "url" or use.part:
            raise BadPlaceholder(
                f"{use.told}: {use.name!r} is a database, which has a URL only",
                fix=f"write {{url:{use.name}}}",
            )
        return
    if use.name and use.name not in node.deps:
        names = [*node.deps, *(node.databases if use.verb == "url" else ())]
        raise BadPlaceholder(
            f"{use.told}: {use.name!r} is no dep{' and no database' if use.verb == 'url' else ''}",
            fix=one_of(names, f"add {use.name!r} to its deps"),
        )
    other = nodes[use.name] if use.name else node
    if form in PORT_FORMS:
        port_of(other, use)
        return
    choices: tuple[str, ...] | None = {
        "export": tuple(other.exports),
        "secret": tuple(other.secrets),
        "file": tuple(node.files),
    }.get(form)
    if choices is not None and use.part not in choices:
        raise BadPlaceholder(
            f"{use.told}: {other.title} has no {form} {use.part!r}",
            fix=one_of(choices, f"it has none: add it, or write another ({form_of(use.verb)})"),
        )


def _delivery(node: Node, port: str, uses: list[Use]) -> Delivery:
    """Return the one way in which the process and its dependents agree on a port."""
    own = {
        use.verb
        for kind, use in uses
        if kind in TOLD
        and not use.name
        and VERBS[use.verb] in PORT_FORMS
        and port_of(node, use) == port
    }
    suffix = "" if port == default_port(node) else f":.{port}"
    reports = port in reported(node).values()
    if reports and own:
        raise BadPlaceholder(
            f"{node.title}: port {port!r} is told with {{{min(own)}{suffix}}} and reported by ready's log",
            fix="keep one of the two",
        )
    if reports:
        return "report"
    if "fd" in own:
        return "fd"
    if own & {"port", "address", "url"}:
        return "number"
    forms = (
        ["address", "url", "fd"] if node.ports[port] == "unix" else ["port", "address", "url", "fd"]
    )
    report = (
        ""
        if node.ports[port] == "unix"
        else f", or let it bind port 0 and report: "
        f'ready={{"log": r"listening on .*:(?P<{port}>\\d+)"}}'
    )
    written = ", ".join(f"{{{form}{suffix}}}" for form in forms)
    raise BadPlaceholder(
        f"{node.title}: port {port!r} is delivered in no way",
        fix=f"put one of {written} (fd: a socket that listens when it does) into args or env{report}",
    )
