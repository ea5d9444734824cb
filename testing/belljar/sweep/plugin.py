"""`pytest --sweep`: each test again and again, with one of its outside calls going wrong each time.

    pytest --sweep tests/checkout_test.py

A test is run twice as it is, then once for each call that it makes to the outside and each kind of fault that
fits; what becomes of it is a cell of a matrix, in the terminal, in `sweep.json` and in `sweep.html`. It fails
when one fault makes it hang, or leaves something that is wrong: more effects than without (a second charge), or
an invariant that does not hold.

    @pytest.fixture
    def invariants(database):
        def every_charge_has_its_order(): ...
        return [every_charge_has_its_order]

Load it with `-p belljar.sweep.plugin`. Without `--sweep` it does nothing but know the fixture `invariants`; and
with `--faults` it makes the mocks of a test's services known, so that what a sweep has found is replayed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from belljar.faults.session import Faults
    from belljar.sweep.matrix import Cell, Matrix
    from belljar.sweep.options import Options

__all__ = ["invariants"]

OPTIONS = pytest.StashKey["Options"]()
FOUND = pytest.StashKey[list["Matrix"]]()
# They repeat tests, too.
OTHERS = ("rerunfailures", "flaky")


def _options(config: pytest.Config) -> Options:
    return config.stash[OPTIONS]


@pytest.fixture
def invariants() -> Sequence[Callable[[], object]]:
    """Give what must hold after a test, whatever went wrong: a callable, or a list of them; override it.

    Each raises an AssertionError that says what is wrong. They are tried until they hold, for 5 s at most.
    """
    return []


@pytest.fixture
def _swept(request: pytest.FixtureRequest, faults: Faults) -> None:
    """Let the sweep see what this run is made of; without a sweep, let a plan find the graph's mocks."""
    from belljar.sweep.probe import register_graph_mocks
    from belljar.sweep.runs import PROBE

    probe = request.node.stash.get(PROBE, None)
    if probe is not None:
        probe.open(request, faults)
    elif "services" in request.fixturenames:
        register_graph_mocks(request, request.getfixturevalue("services"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    from belljar.sweep.arguments import add_options

    add_options(parser.getgroup("belljar-sweep", "fault sweep"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Keep to one process: a sweep shares its cells in another way."""
    if config.getoption("--sweep") and hasattr(config.option, "numprocesses"):
        config.option.numprocesses = None
        config.option.tx = []
        config.option.dist = "no"
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options, and what else is loaded."""
    if not config.getoption("--sweep"):
        return
    from belljar.sweep.errors import BadSweepOption
    from belljar.sweep.options import Options

    for other in OTHERS:
        if config.pluginmanager.has_plugin(other):
            raise pytest.UsageError(
                f"--sweep: the plugin {other} repeats tests, too; leave it out: -p no:{other}"
            )
    if not config.pluginmanager.has_plugin("belljar.faults.plugin"):
        raise pytest.UsageError("--sweep needs -p belljar.faults.plugin, which has the faults")
    if config.getoption("--faults"):
        raise pytest.UsageError("--sweep and --faults: a sweep has plans of its own; leave one out")
    try:
        config.stash[OPTIONS] = Options.of(config)
    except BadSweepOption as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[FOUND] = []
    # Databases of hundreds of failures are not wanted.
    if hasattr(config.option, "keep_database"):
        config.option.keep_database = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each test have what a sweep needs."""
    sweeps = OPTIONS in config.stash
    if not sweeps and not config.getoption("--faults", default=""):
        return
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is None or "_swept" in names:
            continue
        if not sweeps and ("faults" not in names or "services" not in names):
            continue
        if "faults" in names:
            names.remove("faults")
        # First: what is to be watched comes with the other fixtures.
        names[:0] = ["faults", "_swept"]
        if sweeps:
            names.append("invariants")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Watch the test's body, and end it when its time is up."""
    if OPTIONS not in item.config.stash:
        return (yield)
    from belljar.sweep.limits import Hung, time_limit
    from belljar.sweep.runs import PROBE

    probe = item.stash.get(PROBE, None)
    if probe is None:
        return (yield)
    probe.begin()
    try:
        with time_limit(probe.limit):
            return (yield)
    except Hung as error:
        probe.hung = str(error)
        raise
    finally:
        probe.end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Sweep a test in place of running it."""
    if OPTIONS not in item.config.stash:
        return None
    from belljar.sweep.errors import NothingToSweep, SweepError
    from belljar.sweep.matrix import Matrix
    from belljar.sweep.sweeping import sweep

    config: Any = item.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    try:
        matrix, reports = sweep(item, _options(config), _progress(reporter, item))
        text = _summary(matrix)
        outcome = "failed" if text else "passed"
    except SweepError as error:
        reports, text = [], str(error)
        outcome = "skipped" if isinstance(error, NothingToSweep) else "failed"
        target = os.environ.get("TEST_TARGET", "")
        matrix = Matrix(item.nodeid, target, trouble=text, failed=outcome == "failed")
    config.stash[FOUND].append(matrix)
    _report(item, nextitem, reports, outcome, text)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show the matrices, and say where the report is."""
    matrices = config.stash.get(FOUND, [])
    if not matrices:
        return
    from belljar.sweep.reporting import outputs_of, write_report
    from belljar.sweep.terminal import Style, drawn

    terminalreporter.section("fault sweep")
    style = Style(color=terminalreporter._tw.hasmarkup, width=terminalreporter._tw.fullwidth)
    for matrix in matrices:
        terminalreporter.write_line(drawn(matrix, style))
    written = write_report(matrices, outputs_of(config, _options(config)))
    terminalreporter.write_line(f"report: {written}")


def _progress(reporter: Any, item: pytest.Item) -> Callable[[int, Cell | None], object]:
    def show(number: int, cell: Cell | None) -> None:
        if reporter is None:
            return
        if cell is None:
            reporter.ensure_newline()
            reporter.write(f"sweep of {item.nodeid}: {number} cells ")
        else:
            reporter.write(cell.outcome.letter, flush=True)

    return show


def _summary(matrix: Matrix) -> str:
    """Give why the sweep fails the test; nothing if it does not."""
    if not matrix.bad:
        return ""
    rows = {row.key: row for row in matrix.rows}
    lines = [f"{len(matrix.bad)} of {len(matrix.cells)} cells are bad:"]
    for cell in matrix.bad:
        row = rows[cell.row]
        lines.append(
            f"  {row.boundary}: {row.text} #{row.number}, {cell.trial}: "
            f"{cell.outcome.value}: {cell.detail}"
        )
        lines.append(f"    replay: {cell.replay}")
    return "\n".join(lines)


def _report(
    item: pytest.Item,
    nextitem: pytest.Item | None,
    reports: list[pytest.TestReport],
    outcome: str,
    why: str,
) -> None:
    """Report the sweep as the one test that it is of; what the runs have shared is torn down."""
    made = {report.when: report for report in reports}

    def plain(when: Any) -> pytest.TestReport:
        return pytest.TestReport(item.nodeid, item.location, {}, "passed", None, when)

    call = made.get("call") or plain("call")
    if outcome != "passed":
        path, line, _ = item.location
        call.outcome = outcome  # type: ignore[assignment]  # one of the three
        call.longrepr = why if outcome == "failed" else (path, (line or 0) + 1, why)
    # Not by the hook: what it ends of a single test has ended with the last run.
    ended = pytest.CallInfo.from_call(
        lambda: item.session._setupstate.teardown_exact(nextitem), when="teardown"
    )
    teardown = item.ihook.pytest_runtest_makereport(item=item, call=ended)
    for report in (made.get("setup") or plain("setup"), call, teardown):
        item.ihook.pytest_runtest_logreport(report=report)
