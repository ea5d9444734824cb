"""The fixtures `postgres` and `valkey`: real servers, started when the first test asks for one.

Load it with `-p belljar.databases.plugin`; the test macros do when this library is in `deps`.
All workers of a run share one PostgreSQL; each has a Valkey of its own (`sharing.py` says why).
With `BELLJAR_POSTGRES_URL` or `BELLJAR_VALKEY_URL` set, the server named there is used and nothing
is started.

The servers' logs go to the test's undeclared outputs (`TEST_UNDECLARED_OUTPUTS_DIR`) under Bazel,
else to pytest's temporary folder; and when a test fails because a server died, the server's last
lines are in the failure. The next test has a new server: the fixture is torn down and made again,
and with it every fixture that names it as an argument, so a session's own fixtures may use it. (One
that calls `request.getfixturevalue("postgres")` is not known to, and keeps the dead one.)
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest
from _pytest._code.code import ExceptionRepr
from _pytest.fixtures import SubRequest

from belljar.databases.errors import DatabaseError, TemplateNotDeclared
from belljar.databases.sharing import (
    acquire,
    acquire_valkey,
    crowds,
    deaths,
    lives,
    on_first_server,
    share_with_worker,
)

if TYPE_CHECKING:
    from belljar.databases.existing import ExistingValkey
    from belljar.databases.server import Postgres
    from belljar.databases.valkey import ValkeyServer

__all__ = ["postgres", "valkey"]

T = TypeVar("T")


class Node(Protocol):
    """What pytest-xdist tells of a worker before it starts."""

    config: pytest.Config
    workerinput: dict[str, object]


# Our fixtures as they are now, each with its server and what it takes to end it.
MADE = pytest.StashKey[dict[str, tuple["pytest.FixtureDef[object]", "SubRequest", object]]]()
TITLE = "a server died"
BELLJAR_LAYERS = dict.fromkeys(("postgres", "valkey"), "integration e2e perf")


@pytest.fixture(scope="session")
def postgres(request: SubRequest) -> Postgres:
    """Give a running PostgreSQL: `.url`, `.create_database(name=None) -> url`, `.drop_database`."""
    return _remembered(request, _told(lambda: _postgres(request.config)))


@pytest.fixture(scope="session")
def valkey(request: SubRequest) -> ValkeyServer | ExistingValkey:
    """Give a running Valkey: `.url`, and `.flush()` to empty it between tests."""
    return _remembered(request, _told(lambda: acquire_valkey(request.config)))


def _remembered(request: SubRequest, server: T) -> T:
    made = request.config.stash.setdefault(MADE, {})
    made[request.fixturename or ""] = (request._fixturedef, request, server)
    return server


def _postgres(config: pytest.Config) -> Postgres:
    from belljar.databases.template import PostgresTemplate

    try:
        # The same server as for the target's own database, or there would be two.
        template = PostgresTemplate.declared()
    except TemplateNotDeclared:
        template = None  # only others, or another kind
    return acquire(config, template)


def _told(get: Callable[[], T]) -> T:
    """What `get` gives; why it gives nothing is told without a trace."""
    try:
        return get()
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Node) -> None:
    """Tell a worker of pytest-xdist where this run's servers are."""
    share_with_worker(node.config, node.workerinput)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch with the first server, and not before: it is a cost of every test."""
    on_first_server(config, lambda: config.pluginmanager.register(_Watching()))


class _Watching:
    """What looks at the servers around each test, once there are any."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give up servers that died since the last test, which then was not to blame."""
        _renew(item)
        for text in deaths(item.config):
            item.add_report_section("setup", f"{TITLE} before this test", text)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, None, None]:
        """Give up servers that died in this test: what their fixtures' users say is its failure."""
        try:
            return (yield)
        finally:
            if nextitem is not None:
                _renew(item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self,
        item: pytest.Item,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add to a failure what the servers that died meanwhile have said last."""
        report = yield
        if report.failed:
            for text in deaths(item.config):
                _add_section(report, TITLE, text)
            for text in crowds(item.config, str(report.longrepr)):
                _add_section(report, "all connections are taken", text)
        return report


def _renew(item: pytest.Item) -> None:
    """End our fixtures whose server is gone, and those that use them; the next test makes new ones."""
    made = item.config.stash.get(MADE, {})
    for name, (fixturedef, request, server) in list(made.items()):
        if not lives(item.config, server):
            del made[name]
            fixturedef.finish(request)  # as pytest does when a fixture's parameter changes


def _add_section(report: pytest.TestReport, title: str, text: str) -> None:
    # In the failure itself, where JUnit XML and xdist take it along; a bare text has no sections.
    if isinstance(report.longrepr, ExceptionRepr):
        report.longrepr.addsection(title, text)
    else:
        report.sections.append((title, text))
