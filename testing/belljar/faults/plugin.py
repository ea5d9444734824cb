"""The fixture `faults`: what goes wrong in this test, planned, seeded, recorded and replayed.

    def test_pays_in_the_end(payments, faults):
        faults.on("payments", path="/v1/payment_intents").fail(status=503, times=2)

Load it with `-p belljar.faults.plugin`. A test that fails saves its plan, with every call named, to `faults/`
in the undeclared outputs, else to pytest's temporary folder, and shows the command that replays it:
`--faults=FILE` (or the plan itself), for the test that the plan names, or for all if it names none.

`@pytest.mark.faults("plan.json", seed=7)` gives a test a plan from the start (a file beside the test) and a
seed. Other plugins give boundaries: their fixtures call `register(request, boundary)`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from _pytest._code.code import ExceptionRepr

if TYPE_CHECKING:
    from belljar.faults.boundary import Boundary
    from belljar.faults.plan import Plan
    from belljar.faults.session import Faults

__all__ = ["faults", "register"]

T = TypeVar("T")

MARKER = (
    "faults(plan=None, seed=None): what goes wrong in this test from the start, "
    "and the seed of what is left to chance"
)
GIVEN = pytest.StashKey["Plan | None"]()
SESSION = pytest.StashKey["Faults"]()
TITLE = "fault plan"
_REPORTING = "belljar-faults-reporting"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--faults`."""
    group = parser.getgroup("belljar")
    group.addoption(
        "--faults",
        metavar="PLAN",
        default="",
        help="replay a fault plan: a file that a failed test has saved, or the JSON itself",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan that is to be replayed."""
    config.addinivalue_line("markers", MARKER)
    config.stash[GIVEN] = None
    source = config.getoption("--faults")
    if source:
        from belljar.faults.errors import BadPlan
        from belljar.faults.plan import load

        try:
            if not source.lstrip().startswith("{"):
                source = str(config.invocation_params.dir / source)
            config.stash[GIVEN] = load(source)
        except BadPlan as error:
            raise pytest.UsageError(f"--faults: {error}") from None


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Iterator[Faults]:
    """Give the plan of this test: `.on(NAME, ...)`, `.happened()`, `.record()`, `.seed`."""
    from belljar.faults.session import Faults

    item = request.node
    if not request.config.pluginmanager.has_plugin(_REPORTING):
        request.config.pluginmanager.register(_Reporting(), _REPORTING)
    session = _told(lambda: Faults(_seed(item), item.nodeid, _given(item)))
    item.stash[SESSION] = session
    yield session
    _told(session.close)
    if session.complaints:
        pytest.fail("\n".join(dict.fromkeys(session.complaints)), pytrace=False)
    if _is_named(item) and (missing := session.missing()):
        from belljar.faults.plan import unknown_boundary

        pytest.fail(
            str(unknown_boundary(missing[0], session.boundaries, "--faults")), pytrace=False
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a plan from outside be at work in a test that asks for no faults itself."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is not None and "faults" not in names and _planned_outside(item):
            # First: what the other fixtures do may fail already.
            names.insert(0, "faults")


def register(request: pytest.FixtureRequest, boundary: Boundary) -> None:
    """Make a boundary known to the test's faults, if it has any; a fixture calls this with its request."""
    item = request.node
    if isinstance(item, pytest.Item) and "faults" in getattr(item, "fixturenames", ()):
        request.getfixturevalue("faults")  # ours, or a team's own of that name
    if isinstance(item, pytest.Item) and SESSION in item.stash:
        item.stash[SESSION].register(boundary)


def _planned_outside(item: pytest.Item) -> bool:
    plan = item.config.stash[GIVEN]
    if plan is not None and (not plan.test or _is_named(item)):
        return True
    if "faults" not in item.keywords:
        return False  # what most tests are asked, and no more
    marker = item.get_closest_marker("faults")
    return marker is not None and bool(marker.args or marker.kwargs.get("plan"))


def _is_named(item: pytest.Item) -> bool:
    plan = item.config.stash[GIVEN]
    if plan is None or not plan.test:
        return False
    # The same test has one id from its folder and another from the workspace's.
    mine, its = "/" + item.nodeid, "/" + plan.test
    return mine.endswith(its) or its.endswith(mine)


def _given(item: pytest.Item) -> Plan | None:
    """Give the plan from outside: of the command line, or else of the marker."""
    from belljar.faults.plan import Plan, load

    plan = item.config.stash[GIVEN]
    if plan is not None and (not plan.test or _is_named(item)):
        return plan
    marker = item.get_closest_marker("faults")
    if marker is None:
        return None
    source = marker.args[0] if marker.args else marker.kwargs.get("plan")
    if source is None:
        return None
    if isinstance(source, Plan):
        return source
    if isinstance(source, dict):
        return Plan.from_json(source, "@pytest.mark.faults")
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return load(source)
    return load(item.path.parent / source)


def _seed(item: pytest.Item) -> int:
    marker = item.get_closest_marker("faults")
    if marker is not None and marker.kwargs.get("seed") is not None:
        return int(marker.kwargs["seed"])
    # Of the test's name alone: the same on every worker, in every order.
    return int.from_bytes(hashlib.sha256(item.nodeid.encode()).digest()[:4], "big")


def _told(get: Callable[[], T]) -> T:
    """What `get` gives; why it gives nothing is told without a trace."""
    from belljar.faults.errors import FaultError

    try:
        return get()
    except FaultError as error:
        text = str(error)
    pytest.fail(text, pytrace=False)


class _Reporting:
    """What reports plans, once a test has one: it would be a cost of every test."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Save the plan of a test that failed; show a mistake in a plan without a trace."""
        report = yield
        session = item.stash.get(SESSION, None)
        if report.failed and call.excinfo is not None and session is not None:
            from belljar.faults.errors import BadPlan

            if isinstance(call.excinfo.value, BadPlan):
                report.longrepr = f"{item.location[0]}: {call.excinfo.value}"
        if report.failed and session is not None and session.plan.rules:
            _add_section(report, _saved(item, session))
        return report


def _saved(item: pytest.Item, session: Faults) -> str:
    """Save plan and record; give what is shown of them. It never fails a test."""
    from belljar.faults.saving import place_of, replay_command, save

    try:
        record = session.record()
        path = save(session.plan, record, item.nodeid, _outputs(item.config))
    except Exception as error:
        return f"the fault plan was not saved: {error}"
    lines = [str(note) for note in session.happened()]
    return "\n".join(
        [
            *lines,
            f"saved: {place_of(path, os.environ)}",
            f"replay: {replay_command(record, path, os.environ)}",
        ]
    )


def _outputs(config: pytest.Config) -> Path:
    outputs = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    if outputs:
        return Path(outputs)
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]  # no other way from a hook
    return factory.getbasetemp()


def _add_section(report: pytest.TestReport, text: str) -> None:
    # In the failure itself, where JUnit XML and xdist take it along; a bare text has no sections.
    if isinstance(report.longrepr, ExceptionRepr):
        report.longrepr.addsection(TITLE, text)
    elif isinstance(report.longrepr, str):
        report.longrepr = f"{report.longrepr}\n{text}"
    else:
        report.sections.append((TITLE, text))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a plan for a test that this run does not have."""
    config = session.config
    plan = config.stash[GIVEN]
    items = getattr(session, "items", [])
    # A worker, and a shard, has a part of them.
    partly = hasattr(config, "workerinput") or "TEST_TOTAL_SHARDS" in os.environ
    if plan is None or not plan.test or partly or not items:
        return
    if not any(_is_named(item) for item in items):
        raise pytest.UsageError(
            f"--faults: the plan is of {plan.test}, and this run does not have that test; "
            'name it on the command line, or take "test" out of the plan, for all tests'
        )
