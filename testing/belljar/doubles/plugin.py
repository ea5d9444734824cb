"""The fixtures of in-process doubles: one for each kind of dependency, strict by default.

    def test_a_quote_is_fetched(http):
        http.get("https://quotes.test/today").responds(json={"text": "..."})
        assert quote() == "..."

Load it with `-p belljar.doubles.plugin`. A test fails for each call that a double did not expect, also if the code
took the error, and for each expectation that was not met. Nothing is imported or replaced before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

import pytest
from _pytest._code.code import ExceptionRepr, Traceback

if TYPE_CHECKING:
    from belljar.doubles.broker import Broker
    from belljar.doubles.clock import Clock
    from belljar.doubles.double import Double
    from belljar.doubles.environment import Environment
    from belljar.doubles.filesystem import FileSystem
    from belljar.doubles.http import Http
    from belljar.doubles.ledger import Ledger
    from belljar.doubles.names import Names
    from belljar.doubles.programs import Programs
    from belljar.doubles.randomness import Randomness
    from belljar.doubles.statements import Statements

__all__ = [
    "broker",
    "clock",
    "double",
    "environment",
    "filesystem",
    "http",
    "names",
    "programs",
    "randomness",
    "statements",
]

LEDGER = pytest.StashKey["Ledger"]()
TITLE = "doubles"


@pytest.fixture
def _ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    from belljar.doubles.ledger import Ledger

    ledger = Ledger(request.node.nodeid)
    request.node.stash[LEDGER] = ledger
    yield ledger
    # What the other fixtures did while they were ended.
    if ledger.complaints:
        pytest.fail(ledger.verdict(), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that passed although a double was used wrongly, or not as expected."""
    yield
    ledger = item.stash.get(LEDGER, None)
    if ledger is not None and (text := ledger.verdict()):
        pytest.fail(text, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, beside a failure, what the code under test has taken of a double's errors."""
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        from belljar.doubles.errors import DoubleError

        if isinstance(call.excinfo.value, DoubleError):
            # Its own text says all: what is between the test's code and the double is a library's.
            call.excinfo.traceback = _of_the_reader(call.excinfo.traceback)
    report = yield
    ledger = item.stash.get(LEDGER, None)
    if report.when == "setup" and report.failed and ledger is not None and call.excinfo is not None:
        from belljar.doubles.errors import LibraryMissing

        if isinstance(call.excinfo.value, LibraryMissing):
            report.longrepr = str(call.excinfo.value)
    if report.when == "call" and report.failed and ledger is not None and ledger.complaints:
        errors, ledger.complaints = ledger.complaints, []
        shown = call.excinfo.value if call.excinfo is not None else None
        text = "\n".join(str(error) for error in errors if error is not shown)
        if text and isinstance(report.longrepr, ExceptionRepr):
            report.longrepr.addsection(TITLE, text)
    return report


def _of_the_reader(traceback: Traceback) -> Traceback:
    from belljar.doubles.places import is_elsewhere

    shorter: TracebackType | None = None
    for entry in reversed(traceback):
        if not is_elsewhere(str(entry.path)):
            raw = entry._rawentry  # pytest cuts along these, and not along its list
            shorter = TracebackType(shorter, raw.tb_frame, raw.tb_lasti, raw.tb_lineno)
    return traceback if shorter is None else Traceback(shorter)


@pytest.fixture
def double(_ledger: Ledger) -> Iterator[Double]:
    """Give a function: a class to a specced and sealed double of its instances; `.expect`, `.give`, `.replace`."""
    from belljar.doubles.double import Double

    maker = Double(_ledger)
    yield maker
    maker.close()


@pytest.fixture
def http(_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Http]:
    """Give the HTTP servers of this test: what requests, httpx, aiohttp and urllib3 get as answers."""
    from belljar.doubles.errors import LibraryMissing

    try:
        from belljar.doubles.http import Http
    except ModuleNotFoundError as error:
        raise _ledger.error(
            LibraryMissing,
            f"{error.name} is not installed",
            fix=f"add {error.name} to the test's deps",
        ) from None

    # A proxy of the machine would be asked in the server's place.
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    servers = Http(_ledger)
    servers.install()
    yield servers
    servers.close()


@pytest.fixture
def programs(_ledger: Ledger) -> Iterator[Programs]:
    """Give the programs that this test may start, and how each ends; no other one is started."""
    from belljar.doubles.programs import Programs

    expected = Programs(_ledger)
    expected.install()
    yield expected
    expected.close()


@pytest.fixture
def filesystem(request: pytest.FixtureRequest, _ledger: Ledger) -> Iterator[FileSystem]:
    """Give a file system in memory, empty but for the temporary folder; SQLite's files are in it, too."""
    if "programs" in request.fixturenames:
        # What programs are given to read lies in a folder of the machine.
        request.getfixturevalue("programs")
    from belljar.doubles.filesystem import FileSystem

    fake = FileSystem(_ledger)
    # It is a folder of the machine; what other fixtures wrote there is seen, too.
    temporary = "tmp_path" in request.fixturenames and request.getfixturevalue("tmp_path")
    fake.install()
    if temporary:
        fake.see(str(temporary), writable=True)
    yield fake
    fake.close()


@pytest.fixture
def clock(_ledger: Ledger) -> Iterator[Clock]:
    """Give a clock that stands: `.move_to`, `.advance`, `.run`, `.stop`; a sleep moves it, and takes no time."""
    from belljar.doubles.clock import Clock

    moved = Clock(_ledger)
    moved.install()
    yield moved
    moved.close()


@pytest.fixture
def environment(_ledger: Ledger) -> Iterator[Environment]:
    """Give the environment's variables: those that the system needs, and those that the test sets."""
    from belljar.doubles.environment import Environment

    clean = Environment(_ledger)
    clean.install()
    yield clean
    clean.close()


@pytest.fixture
def randomness(_ledger: Ledger) -> Iterator[Randomness]:
    """Give chance that is the same in every run of this test: random, uuid, secrets, numpy; `.seed`."""
    from belljar.doubles.randomness import Randomness

    seeded = Randomness(_ledger)
    seeded.install()
    yield seeded
    seeded.close()


@pytest.fixture
def names(_ledger: Ledger) -> Iterator[Names]:
    """Give the names that resolve in this test, and to what; no other host is found or reached."""
    from belljar.doubles.names import Names

    told = Names(_ledger)
    told.install()
    yield told
    told.close()


@pytest.fixture
def broker(_ledger: Ledger) -> Broker:
    """Give a message broker in memory, with redelivery, duplicates and dead letters."""
    from belljar.doubles.broker import Broker

    return Broker(_ledger)


@pytest.fixture
def statements(_ledger: Ledger) -> Statements:
    """Give the SQL statements that this test expects, and their rows; `.connection()` is a DB-API connection."""
    from belljar.doubles.statements import Statements

    return Statements(_ledger)
