"""The fixture `database`: a migrated PostgreSQL database for each test, kept apart as cheaply as is safe.

    @pytest.mark.database(isolation="template")
    def test_two_workers(database): ...

Load it with `-p belljar.databases.isolation.plugin`; the test macros do for a target with
`database = ":orders_db"`. There the template is what that target has built. Under plain pytest it is
what the fixture `database_template` gives: override it in a conftest.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.choosing import (
    FLOOR,
    TEMPLATES,
    rung_for,
    shared_rung,
    template_for,
)
from belljar.databases.isolation.errors import Climb
from belljar.databases.isolation.options import ISOLATIONS
from belljar.databases.isolation.trying import tried
from belljar.databases.isolation.wishing import may_climb, wishes_of
from belljar.databases.keeping import add_keeping_options

if TYPE_CHECKING:
    from belljar.databases.isolation.database import Database
    from belljar.databases.isolation.rung import Rung
    from belljar.databases.isolation.sources import Sources
    from belljar.databases.template import PostgresTemplate

__all__ = [
    "LeakedConnection",
    "database",
    "database_template",
    "databases",
    "module_database",
]


class LeakedConnection(pytest.PytestWarning):
    """A test has left a connection open; the text has the place that opened it."""


class Databases:
    """The databases of one test, by the names of its `database` attribute."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._open: dict[str, tuple[Database, Rung]] = {}
        self._stack = ExitStack()
        self.closed = False

    def __getitem__(self, name: str) -> Database:
        """Return the database of that name, made when first asked for."""
        if name not in self._open:
            try:
                self._open[name] = self._make(name)
            except DatabaseError as error:
                pytest.fail(str(error), pytrace=False)
        return self._open[name][0]

    def rungs(self) -> list[tuple[str, Rung]]:
        """Return what is open."""
        return [(name, rung) for name, (_, rung) in self._open.items()]

    def needed(self) -> str:
        """Return why the test has to run again on a higher rung; empty if it has not."""
        for _, rung in self.rungs():
            outer = getattr(rung, "outer", None)
            if outer is not None and outer.needed:
                return str(outer.needed)
        return ""

    def close(self) -> None:
        """End all of them; fail the test if anything escaped, unless it runs again anyway."""
        self.closed = True
        again = self.needed()
        self._stack.close()
        escaped = []
        for database, rung in self._open.values():
            database.close()
            try:
                findings = rung.finish()
            except DatabaseError as error:
                escaped.append(str(error))
                continue
            for leak in findings.leaks:
                warnings.warn(LeakedConnection(str(leak)), stacklevel=1)
            if findings.escaped:
                escaped.append(findings.escaped)
        self._open.clear()
        if escaped and not again:
            pytest.fail("\n".join(escaped), pytrace=False)

    def _make(self, name: str) -> tuple[Database, Rung]:
        from belljar.databases.isolation.database import Database
        from belljar.databases.isolation.examples import fresh_examples
        from belljar.databases.isolation.graph_rung import GraphRung

        request = self._request
        wishes = wishes_of(request.node)
        rung: Rung | None = shared_rung(request, name)
        template = rung.template if isinstance(rung, GraphRung) else template_for(request, name)
        source = _sources(request.config).take(template)
        if rung is None:
            rung = rung_for(wishes, source, template, request)
        database = Database(rung, source.engines)
        self._stack.enter_context(fresh_examples(getattr(request, "function", None), database))
        return database, rung


SOURCES = pytest.StashKey["Sources"]()
DATABASES = pytest.StashKey[Databases]()
# Fixtures whose tests may run twice.
USING = {"database", "databases"}
_REPORTING = "belljar-databases-reporting"
BELLJAR_LAYERS = dict.fromkeys((*USING, "module_database"), "integration e2e perf")


@pytest.fixture
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Give the test's databases by name, for a target that declares several: `databases["orders"]`."""
    with _opened(request) as found:
        yield found


# Not by way of the fixture `databases`: one more is a sixth of what all this costs a test.
@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give the test's database: `.engine`, `.connect()`, `.url`, `.snapshot(name)`, ..."""
    with _opened(request) as found:
        yield found[wishes_of(request.node).name]


@contextmanager
def _opened(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Yield the databases of the test, which the first of its fixtures to ask for them closes."""
    found = request.node.stash.get(DATABASES, None)
    if found is not None and not found.closed:
        yield found
        return
    found = request.node.stash[DATABASES] = Databases(request)
    if not request.config.pluginmanager.has_plugin(_REPORTING):
        request.config.pluginmanager.register(_Reporting(), _REPORTING)
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def module_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give a clone of the template that a module's tests share; see `belljar.databases.restoring`."""
    from belljar.databases.isolation.database import Database
    from belljar.databases.isolation.template_rung import TemplateRung

    try:
        source = _sources(request.config).take(template_for(request, "default"))
        rung = TemplateRung(source)
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)
    database = Database(rung, source.engines)
    yield database
    database.close()
    for leak in rung.finish().leaks:
        warnings.warn(LeakedConnection(str(leak)), stacklevel=1)


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate | None:
    """Give the template that databases are made from under plain pytest; None: empty ones.

    Override it: `return PostgresTemplate.build(migrations=Path("services/orders/migrations"))`. For several
    databases it is a dict of names to templates.
    """
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("belljar")
    text = "how tests' databases are kept apart: " + ", ".join(ISOLATIONS)
    group.addoption("--isolation", choices=ISOLATIONS, help=f"{text}; a test's marker wins")
    parser.addini("belljar_isolation", text, default="auto")
    add_keeping_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        'database(isolation="auto", proof=True, name="default"): how this test\'s database is kept '
        f"apart ({', '.join(ISOLATIONS)}), whether it is proved that nothing escaped (or which "
        "checks are left out), and which of the target's databases it is",
    )
    config.stash[TEMPLATES] = {}


def pytest_unconfigure(config: pytest.Config) -> None:
    sources = config.stash.get(SOURCES, None)
    if sources is not None:
        sources.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test whose rung is chosen for it; twice, when the first proves too low."""
    if not _uses_ours(item) or not may_climb(item):
        return None

    def needs_more() -> bool:
        found = item.stash.get(DATABASES, None)
        reason = found.needed() if found else ""
        if reason:
            item.stash[FLOOR] = reason
        return bool(reason)

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in tried(item, nextitem, needs_more):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


class _Reporting:
    """What reports databases, once there are any: it would be a cost of every test."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Say in the report which rung it was, and keep the database of a test that failed."""
        report = yield
        found = item.stash.get(DATABASES, None)
        if found is None or report.when != "call" or found.needed():
            return report
        for name, rung in found.rungs():
            label = "database" if name == "default" else f"database {name}"
            why = f" (because {rung.why})" if rung.why else ""
            item.user_properties.append((f"belljar.{label}", rung.name + why))
            if report.failed and not isinstance(call.excinfo and call.excinfo.value, Climb):
                _keep(item, report, name, rung)
        return report


def _uses_ours(item: pytest.Item) -> bool:
    using = USING.intersection(getattr(item, "fixturenames", ()))
    if not using:
        return False
    # A team may have a fixture of that name, and nothing to do with us.
    info: Any = getattr(item, "_fixtureinfo", None)  # no other way before setup
    made = info.name2fixturedefs if info else {}
    return any(
        definition.func.__module__ == __name__
        for name in using
        for definition in made.get(name, ())
    )


def _keep(item: pytest.Item, report: pytest.TestReport, name: str, rung: Rung) -> None:
    from belljar.databases.keeping import keep_failed

    line = keep_failed(item, rung.hold, name)
    if line:
        report.sections.append(("database", line))


def _sources(config: pytest.Config) -> Sources:
    if SOURCES not in config.stash:
        from belljar.databases.isolation.sources import Sources

        config.stash[SOURCES] = Sources(config)
    return config.stash[SOURCES]
