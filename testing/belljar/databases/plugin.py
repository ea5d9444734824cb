"""The fixtures `postgres` and `valkey`: real servers, started when the first test asks for one.

Load it with `-p belljar.databases.plugin`; the test macros do when this library is in `deps`.
Each worker process has its own servers. With `BELLJAR_POSTGRES_URL` or `BELLJAR_VALKEY_URL` set,
the server named there is used and nothing is started.

The servers' logs go to the test's undeclared outputs (`TEST_UNDECLARED_OUTPUTS_DIR`) under Bazel,
else to pytest's temporary folder; and when a test fails because a server died, the server's last
lines are in the failure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest
from _pytest._code.code import ExceptionRepr

from belljar.databases.errors import DatabaseError

if TYPE_CHECKING:
    from belljar.databases.existing import ExistingPostgres, ExistingValkey
    from belljar.databases.postgres import PostgresServer
    from belljar.databases.server import Postgres
    from belljar.databases.valkey import ValkeyServer

__all__ = ["postgres", "pytest_runtest_makereport", "valkey"]


class Server(Protocol):
    """What the fixtures do with a server, of whatever kind."""

    def start(self) -> object:
        """Make it ready."""

    def check(self) -> None:
        """Raise `DatabaseError`, with its last log lines, if it is gone."""

    def stop(self) -> None:
        """End it, and remove what it made."""


S = TypeVar("S", bound=Server)
SERVERS = pytest.StashKey[list[Server]]()


@pytest.fixture(scope="session")
def postgres(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Postgres]:
    """Give a running PostgreSQL: `.url`, `.create_database(name=None) -> url`, `.drop_database`."""

    def make() -> PostgresServer | ExistingPostgres:
        # Imported here, so that tests without a database do not pay for it.
        from belljar.databases.existing import ExistingPostgres
        from belljar.databases.postgres import PostgresServer

        given = os.environ.get("BELLJAR_POSTGRES_URL")
        if given:
            return ExistingPostgres(given, source="BELLJAR_POSTGRES_URL")
        return PostgresServer(log=_log(tmp_path_factory, "postgres"))

    with _started(request.config, make) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ValkeyServer | ExistingValkey]:
    """Give a running Valkey: `.url`, and `.flush()` to empty it between tests."""

    def make() -> ValkeyServer | ExistingValkey:
        from belljar.databases.existing import ExistingValkey
        from belljar.databases.valkey import ValkeyServer

        given = os.environ.get("BELLJAR_VALKEY_URL")
        if given:
            return ExistingValkey(given, source="BELLJAR_VALKEY_URL")
        return ValkeyServer(log=_log(tmp_path_factory, "valkey"))

    with _started(request.config, make) as server:
        yield server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the servers that died meanwhile have said last."""
    report = yield
    if report.failed:
        for server in item.config.stash.get(SERVERS, []):
            try:
                server.check()
            except DatabaseError as error:
                _add_section(report, str(error))
    return report


@contextmanager
def _started(config: pytest.Config, make: Callable[[], S]) -> Iterator[S]:
    """Give the server while tests use it; why there is none is told without a trace."""
    try:
        server = make()
        server.start()
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)
    servers = config.stash.setdefault(SERVERS, [])
    servers.append(server)
    try:
        yield server
    finally:
        servers.remove(server)
        server.stop()


def _add_section(report: pytest.TestReport, text: str) -> None:
    # In the failure itself, where JUnit XML and xdist take it along; a bare text has no sections.
    if isinstance(report.longrepr, ExceptionRepr):
        report.longrepr.addsection("a server died", text)
    else:
        report.sections.append(("a server died", text))


def _log(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """Where a server's log goes: kept with the test's result under Bazel."""
    outputs = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    folder = Path(outputs) if outputs else tmp_path_factory.mktemp("servers")
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    return folder / f"{name}{f'-{worker}' if worker else ''}.log"
