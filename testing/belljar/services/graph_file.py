"""`read_graph_file`: the graph that a test's `services` attribute declares, as Bazel wrote it down.

`BELLJAR_SERVICES` names the file. Its paths begin at the workspace's folder of the runfiles.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.services.description import Node, Service, Task
from belljar.services.errors import BadGraphFile, DuplicateName

if TYPE_CHECKING:
    from belljar.services.description import Database

__all__ = ["VARIABLE", "DeclaredGraph", "read_graph_file"]

VARIABLE = "BELLJAR_SERVICES"
COMMON = ("name", "args", "env", "secrets", "label")
SERVICE = (
    "ports",
    "ready",
    "exports",
    "instances",
    "ready_timeout",
    "stop_signal",
    "stop_grace",
    "exit_codes",
)


@dataclass(frozen=True)
class DeclaredGraph:
    """What a graph file says. `databases` and `database_labels` are by the databases' names."""

    target: str
    roots: tuple[str, ...]
    nodes: tuple[Node, ...]
    databases: Mapping[str, Database]
    database_labels: Mapping[str, str]


def read_graph_file(environ: Mapping[str, str] = os.environ) -> DeclaredGraph | None:
    """Return the declared graph; None if `BELLJAR_SERVICES` is not set. Raises `BadGraphFile`."""
    place = environ.get(VARIABLE)
    if not place:
        return None
    runfiles, workspace = environ.get("TEST_SRCDIR"), environ.get("TEST_WORKSPACE")
    root = Path(runfiles, workspace) if runfiles and workspace else Path.cwd()
    try:
        return _Reader(root).read(json.loads((root / place).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise BadGraphFile(
            f"{VARIABLE} is {place}, which can't be used: {reason}",
            fix=f"unset {VARIABLE}, or let the test macros set it",
        ) from None


class _Reader:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: dict[str, str] = {}
        self._databases: dict[str, Database] = {}
        self._database_names: dict[str, str] = {}

    def read(self, declared: Mapping[str, Any]) -> DeclaredGraph:
        self._names = {node["label"]: node["name"] for node in declared["nodes"]}
        for label, database in declared.get("databases", {}).items():
            self._add_database(label, database)
        return DeclaredGraph(
            target=declared["target"],
            roots=tuple(self._names[label] for label in declared["roots"]),
            nodes=tuple(self._node(node) for node in declared["nodes"]),
            databases=self._databases,
            database_labels={name: label for label, name in self._database_names.items()},
        )

    def _add_database(self, label: str, declared: Mapping[str, str]) -> None:
        name = declared["name"]
        if name in self._databases:
            other = next(known for known, its in self._database_names.items() if its == name)
            raise DuplicateName(
                f"two databases of the graph have the name {name!r}: {other} and {label}",
                fix="rename one: placeholders know a database by its name",
            )
        self._database_names[label] = name
        self._databases[name] = self._database(declared)

    def _database(self, declared: Mapping[str, str]) -> Database:
        from belljar.databases.sqlite_template import SqliteTemplate
        from belljar.databases.template import PostgresTemplate

        kind = declared["kind"]
        if kind == "valkey":
            return "valkey"
        files = {
            key: self._root / value
            for key, value in declared.items()
            if key not in ("name", "kind")
        }
        makers: dict[str, Callable[..., Database]] = {
            "postgres": PostgresTemplate.of,
            "sqlite": SqliteTemplate,
        }
        if kind not in makers:
            raise ValueError(f"the database {declared['name']!r} is of the unknown kind {kind!r}")
        return makers[kind](**files)

    def _node(self, declared: Mapping[str, Any]) -> Node:
        common: dict[str, Any] = {key: declared[key] for key in COMMON}
        common["command"] = [str(self._root / declared["binary"])]
        common["deps"] = self._known(declared["deps"])
        common["after"] = self._known(declared["after"])
        common["databases"] = {
            self._database_names[label]: self._databases[self._database_names[label]]
            for label in declared["databases"]
        }
        common["files"] = {name: self._root / path for name, path in declared["files"].items()}
        common["cwd"] = self._root
        if declared["kind"] == "task":
            return Task(**common, timeout=declared["timeout"])
        callbacks = self._known(declared["callbacks"])
        return Service(**common, **{key: declared[key] for key in SERVICE}, callbacks=callbacks)

    def _known(self, labels: Sequence[str]) -> list[str]:
        return [self._names[label] for label in labels]
