"""`Service` and `Task`: how a process is started, when it is ready, and what it needs.

    orders = Service(
        "orders",
        [sys.executable, "-m", "services.orders", "--fd", "{fd}"],
        env={"PAYMENTS_URL": "{url:payments}"},
        ready={"http": "/readyz"},
        deps=["payments"],
    )

Under Bazel, `test_service` and `test_task` say the same. `checking.py` says what is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from belljar.databases.sqlite_template import SqliteTemplate
    from belljar.databases.template import PostgresTemplate

    Database: TypeAlias = PostgresTemplate | SqliteTemplate | Literal["valkey"]

__all__ = ["Node", "Service", "Task", "default_port"]


@dataclass(frozen=True, kw_only=True)
class _Described:
    name: str = field(kw_only=False)
    command: Sequence[str] = field(kw_only=False)
    """The program and what always comes after it; `args` come next."""
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    deps: Sequence[str] = ()
    """Names of the nodes whose addresses it is told."""
    after: Sequence[str] = ()
    """Names of the nodes that it only waits for."""
    databases: Mapping[str, Database] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    """File name -> template that it is rendered from."""
    label: str = ""
    cwd: Path | None = None

    @property
    def title(self) -> str:
        """What messages call it: the label, or the name where there is none."""
        return self.label or self.name

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of all that has to be ready first."""
        return tuple(dict.fromkeys((*self.deps, *self.after)))


@dataclass(frozen=True, kw_only=True)
class Service(_Described):
    """A process that runs for as long as the graph does, once or in several `instances`."""

    ports: Mapping[str, str] = field(default_factory=lambda: {"main": "http"})
    """Name -> scheme of its URLs, or "unix" for a Unix socket."""
    ready: Mapping[str, object] | None = None
    exports: Mapping[str, str] = field(default_factory=dict)
    instances: int = 1
    ready_timeout: float = 30.0
    stop_signal: str = "SIGTERM"
    stop_grace: float = 10.0
    exit_codes: Sequence[int] = (0,)
    """Those that an asked-for end may have."""
    callbacks: Sequence[str] = ()
    """Names of the nodes that may call it back, at an address that they are told while they run."""


@dataclass(frozen=True, kw_only=True)
class Task(_Described):
    """A process that does its work and exits with 0 before those start that need it."""

    timeout: float = 60.0

    @property
    def ports(self) -> Mapping[str, str]:
        """None: nobody connects to a task."""
        return {}

    @property
    def exports(self) -> Mapping[str, str]:
        """None."""
        return {}

    @property
    def callbacks(self) -> Sequence[str]:
        """None."""
        return ()

    @property
    def ready(self) -> Mapping[str, object] | None:
        """None: it is ready when it has ended."""
        return None


Node: TypeAlias = Service | Task


def default_port(node: Node) -> str | None:
    """Return the port that is meant where none is named: the only one, or "main"; else None."""
    if len(node.ports) == 1:
        return next(iter(node.ports))
    return "main" if "main" in node.ports else None
