"""The fixtures `services` and `service_graph`: a test's graph of real processes.

    def test_pay(services):
        httpx.post(services["orders"].url + "/orders", ...)
        services["payments"].kill()

Load it with `-p belljar.services.plugin`. Under Bazel the graph is what the target's `services`
declare; under plain pytest a conftest overrides `service_graph` (session scope) to return a list
of `Service` and `Task`. The first test that asks for `services` starts all, the last one stops
them. After each test the databases of the graph are put back (not with
`@pytest.mark.services(reset=False)`), and what it killed, stopped or paused runs again when the
next one begins. A death that no test asked for fails the test that runs.

Logs go to `services/` in the undeclared outputs, else to pytest's temporary folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest
from _pytest._code.code import ExceptionRepr

if TYPE_CHECKING:
    from belljar.services.access import Services
    from belljar.services.description import Node
    from belljar.services.session import Session

__all__ = ["service_graph", "services"]

T = TypeVar("T")

SESSION = pytest.StashKey["Session"]()
NOTES = pytest.StashKey[list[str]]()
# Which `service_graph` runs: a run of several folders may have several.
GRAPH = pytest.StashKey[object]()
PROXIED = pytest.StashKey[bool]()
SHOWN = pytest.StashKey[bool]()
MARKER = "services(reset=True): whether the databases of the services are put back after this test"
OUTPUT = "belljar_services"
_WATCHING = "belljar-services-watching"
BELLJAR_LAYERS = dict.fromkeys(("services", "_services_session"), "integration e2e perf")
# Of each log, in the report of a failed test.
LINES = 40


class Worker(Protocol):
    """What pytest-xdist tells of a worker that has ended."""

    config: pytest.Config
    workeroutput: dict[str, list[str]]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)
    config.stash[NOTES] = []
    config.stash[PROXIED] = False


def pytest_collection_finish(session: pytest.Session) -> None:
    """Have proxies in the graph where a test may plan faults there; they would cost the others."""
    config = session.config
    if not config.pluginmanager.has_plugin("belljar.faults.plugin"):
        return
    from_outside = bool(config.getoption("--faults") or config.getoption("sweep", False))
    config.stash[PROXIED] = from_outside or any(map(_plans_faults, session.items))


def _plans_faults(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    # Under Bazel the fixtures of mocks ask for the services by themselves.
    return "faults" in names and ("services" in names or "BELLJAR_SERVICES" in os.environ)


@pytest.fixture(scope="session")
def service_graph() -> Sequence[Node]:
    """Give the nodes of the graph: under Bazel the target's `services`; else override this."""
    return _told(_declared)


@pytest.fixture
def services(request: pytest.FixtureRequest, _services_session: Session) -> Iterator[Services]:
    """Give the running services by name, and `.databases` and `.secrets` of their graph."""
    from belljar.services.access import Services

    session = _services_session
    for death in _told(session.begin):
        request.node.add_report_section("setup", "a service died before this test", str(death))
    for boundary in session.graph.boundaries:
        from belljar.faults.plugin import register

        register(request, boundary)
    yield Services(session.graph)
    complaints = _told(lambda: session.end(reset=_reset_of(request.node)))
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.fixture(scope="session")
def _services_session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    from belljar.redaction import redact_at_end
    from belljar.services.graph_file import read_graph_file
    from belljar.services.session import Session

    config = request.config
    outputs = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    logs = Path(outputs, "services") if outputs else tmp_path_factory.mktemp("services")
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        logs = logs / worker
    redact_at_end(logs)  # services write there by themselves
    # What Bazel knows wins over a conftest's override, which is there for plain pytest.
    declared = _told(read_graph_file)
    proxied = config.stash[PROXIED]
    if declared is None:
        nodes = request.getfixturevalue("service_graph")
        session = _told(lambda: Session(config, nodes, logs, proxied=proxied))
    else:
        session = _told(
            lambda: Session(
                config,
                declared.nodes,
                logs,
                roots=declared.roots,
                labels=declared.database_labels,
                proxied=proxied,
            )
        )
    config.stash[SESSION] = session
    config.stash[GRAPH] = _fixture_for(request._pyfuncitem, "service_graph")
    if not config.pluginmanager.has_plugin(_WATCHING):
        config.pluginmanager.register(_Watching(), _WATCHING)
    yield session
    del config.stash[SESSION]
    try:
        _told(session.close)
    finally:
        config.stash[NOTES] += session.notes


def _end_another(item: pytest.Item) -> None:
    """End the graph that runs if this test has another `service_graph`, from a conftest of its own."""
    declared = "BELLJAR_SERVICES" in os.environ
    graph = _fixture_for(item, "service_graph")
    if not declared and graph is not item.config.stash[GRAPH]:
        running = _fixture_for(item, "_services_session")
        running.finish(item._request)  # type: ignore[attr-defined]  # of each test function


def _fixture_for(item: pytest.Item, name: str) -> pytest.FixtureDef[object]:
    found = item.session._fixturemanager.getfixturedefs(name, item)
    assert found, "it is defined here"
    return found[-1]  # the nearest


def _declared() -> Sequence[Node]:
    from belljar.services.errors import BadGraphFile
    from belljar.services.graph_file import read_graph_file

    declared = read_graph_file()
    if declared is None:
        raise BadGraphFile(
            "this test asks for services, and none are declared",
            fix='add services = ["//services/orders"] to its BUILD target; under plain pytest, '
            "define a session fixture service_graph in a conftest.py that returns a list of Service",
        )
    return declared.nodes


def _told(get: Callable[[], T]) -> T:
    """What `get` gives; why it gives nothing is told without a trace."""
    from belljar.services.mistakes import mistakes

    try:
        return get()
    except mistakes() as error:
        text = str(error)
    pytest.fail(text, pytrace=False)  # outside, or the trace of the error would be shown with it


def _reset_of(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("services")
    return bool(marker.kwargs.get("reset", True)) if marker else True


def _running(config: pytest.Config) -> Session | None:
    session = config.stash.get(SESSION, None)
    return session if session is not None and session.runs else None


class _Watching:
    """What looks at the services around each test, once there are any."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Let what services write from now on be this test's; end a graph that is not its own."""
        item.stash[SHOWN] = False
        if _uses_services(item) and SESSION in item.config.stash:
            _end_another(item)
        if session := _running(item.config):
            session.graph.mark()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self,
        item: pytest.Item,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail a test in which a service died unasked; add what the services wrote to a failure."""
        report = yield
        session = _running(item.config)
        if session is None:
            return report
        if deaths := session.graph.deaths():
            text = "\n".join(map(str, deaths))
            if report.failed and isinstance(report.longrepr, ExceptionRepr):
                report.longrepr.addsection("a service died", text)
            elif report.failed:
                report.longrepr = f"{report.longrepr}\n{text}"
            else:
                report.outcome = "failed"
                report.longrepr = text
        if report.failed and not item.stash.get(SHOWN, False) and _uses_services(item):
            item.stash[SHOWN] = True
            for path, written in session.graph.written(LINES).items():
                report.sections.append((f"{Path(path).stem} wrote ({path})", written))
        return report


def _uses_services(item: pytest.Item) -> bool:
    return "services" in getattr(item, "fixturenames", ())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker of pytest-xdist hand its notes on."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[OUTPUT] = session.config.stash[NOTES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    """Take a worker's notes."""
    output = getattr(node, "workeroutput", {})  # a worker that crashed has none
    node.config.stash[NOTES] += output.get(OUTPUT, [])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show what had to be ended by force, and what died while no test ran."""
    if notes := config.stash[NOTES]:
        terminalreporter.section("services")
        for note in notes:
            terminalreporter.write_line(note)
