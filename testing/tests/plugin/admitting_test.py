"""What a test may use by its layer: fixtures that are declared for others, and the network, are refused."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def strict(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A strict suite without tests."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    (pytester.path / "tests/unit").mkdir(parents=True)
    pytester.makeini("[pytest]\nbelljar_strict_layers = true\n")
    return pytester


def run(suite: pytest.Pytester, text: str, *arguments: str) -> pytest.RunResult:
    """Run one file of unit tests."""
    (suite.path / "tests/unit/a_test.py").write_text(text, encoding="utf-8")
    return suite.runpytest_subprocess("-p", "belljar.plugin", "--import-mode=importlib", *arguments)


DATABASE = """\
import pytest

@pytest.fixture
def repository(database):
    return database

def test_by_way(repository): pass

def test_while_it_runs(request):
    request.getfixturevalue("services")

def test_sqlite(sqlite_template): pass
"""


def test_a_unit_test_that_asks_for_a_server_fails_at_setup_with_how_to_move_it(
    strict: pytest.Pytester,
) -> None:
    """Itself or by way of others, by name or while it runs; nothing is started."""
    result = run(strict, DATABASE)
    result.assert_outcomes(errors=1, failed=1, passed=1)
    result.stdout.fnmatch_lines_random(
        [
            "tests/unit/a_test.py:7: test_by_way is in the layer unit, and the fixture database is not "
            "for it: it is for integration, e2e or perf (asked for by way of repository)",
            "tests/unit/a_test.py:9: test_while_it_runs is in the layer unit, and the fixture services *",
            "to move it to integration, e2e or perf: move it from its folder tests/unit to a folder "
            "integration",
        ]
    )


def test_a_fixture_of_a_teams_own_is_not_meant_by_its_name(strict: pytest.Pytester) -> None:
    """A `database` in memory is fine anywhere; a team declares its own by attribute or ini file."""
    strict.makeconftest(
        "import pytest\n"
        "BELLJAR_LAYERS = {'warehouse': 'e2e'}\n"
        "@pytest.fixture\ndef database(): return {}\n"
        "@pytest.fixture\ndef warehouse(): return {}\n"
        "@pytest.fixture\ndef queue(): return {}\n"
    )
    strict.makeini(
        "[pytest]\nbelljar_strict_layers = true\nbelljar_fixture_layers =\n    queue: integration e2e\n"
    )
    text = "def test_a(database): pass\ndef test_b(warehouse): pass\ndef test_c(queue): pass\n"
    result = run(strict, text)
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "*test_b is in the layer unit, and the fixture warehouse is not for it: it is for e2e",
            "*test_c is in the layer unit, and the fixture queue is not for it: it is for integration or e2e",
        ]
    )


def test_a_fixture_that_another_test_has_made_already_is_refused_as_well(
    strict: pytest.Pytester,
) -> None:
    """Whatever the order: one of the session is made once, for the test that may use it."""
    strict.makeconftest(
        "import pytest\nBELLJAR_LAYERS = {'warehouse': 'e2e'}\n"
        "@pytest.fixture(scope='session')\ndef warehouse(): return {}\n"
    )
    (strict.path / "marked_test.py").write_text(
        "import pytest\n"
        "@pytest.mark.e2e\ndef test_may(warehouse): pass\n"
        "@pytest.mark.unit\ndef test_may_not(warehouse): pass\n",
        encoding="utf-8",
    )
    result = run(strict, "")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["to move it to e2e: make its marker unit @pytest.mark.e2e"])


def test_a_fixture_for_a_layer_that_does_not_exist_is_a_usage_error(
    strict: pytest.Pytester,
) -> None:
    """With the line and the choices."""
    strict.makeini("[pytest]\nbelljar_strict_layers = true\nbelljar_fixture_layers = queue: slow\n")
    result = run(strict, "def test_a(): pass\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*belljar_fixture_layers in *'queue': 'slow' does not say*"])


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("{'queue': ['e2e', 'perf']}", "'queue': [[]'e2e', 'perf'[]] does not say where *"),
        ("{3: 'e2e'}", "3: 'e2e' does not say where *"),
        ("'queue: e2e'", "is 'queue: e2e', and no dictionary; write it as BELLJAR_LAYERS = {*"),
    ],
)
@pytest.mark.parametrize("found", ["at the start", "while tests are collected"])
def test_a_declaration_of_a_wrong_type_is_told_with_its_file(
    strict: pytest.Pytester, declared: str, told: str, found: str
) -> None:
    """And without a trace."""
    conftest = strict.path / "tests/unit/conftest.py"
    conftest.write_text(f"BELLJAR_LAYERS = {declared}\n", encoding="utf-8")
    result = run(
        strict, "def test_a(): pass\n", *(["tests/unit"] if found == "at the start" else [])
    )
    at_start = found == "at the start"
    ended = pytest.ExitCode.USAGE_ERROR if at_start else pytest.ExitCode.INTERRUPTED
    assert result.ret == ended
    lines = result.errlines if at_start else result.outlines
    pytest.LineMatcher(lines).fnmatch_lines([f"*BELLJAR_LAYERS in *tests/unit/conftest.py*{told}"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert "File " not in result.stdout.str() + result.stderr.str()


NETWORK = """\
import asyncio, multiprocessing, socket, threading
import pytest

def test_connects():
    socket.create_connection(("192.0.2.1", 9), timeout=1)

def test_looks_up():
    socket.getaddrinfo("db.example.com", 5432)

def test_takes_the_refusal():
    try:
        asyncio.run(asyncio.open_connection("192.0.2.1", 9))
    except BaseException:
        pass

def test_in_a_thread():
    def reach():
        try:
            socket.create_connection(("192.0.2.1", 9), timeout=1)
        except BaseException:
            pass
    thread = threading.Thread(target=reach, name="worker")
    thread.start()
    thread.join()

@pytest.mark.xfail
def test_expected_to_fail():
    socket.create_connection(("192.0.2.1", 9), timeout=1)

def test_reaches_another_process(other):
    with socket.socket() as client:
        client.connect_ex(("127.0.0.1", other))
"""
CONFTEST = """\
import pytest, subprocess, sys

CODE = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); s.accept()"

@pytest.fixture
def other():
    process = subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True)
    yield int(process.stdout.readline())
    process.kill()
    process.communicate()
"""


def test_a_unit_test_that_reaches_out_of_its_process_fails_where_it_does(
    strict: pytest.Pytester,
) -> None:
    """Also if the code takes the refusal, in a thread, or where a failure is expected."""
    strict.makeconftest(CONFTEST)
    result = run(strict, NETWORK, "-W", "ignore")
    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines_random(
        [
            "tests/unit/a_test.py:4: test_connects is in the layer unit, and connects to 192.0.2.1:9 in "
            "line 5; a unit test reaches nothing outside its own process",
            "*:7: test_looks_up is in the layer unit, and looks up db.example.com in line 8; *",
            "*:10: test_takes_the_refusal is in the layer unit, and connects to 192.0.2.1:9*",
            "*:16: test_in_a_thread is in the layer unit, and connects to 192.0.2.1:9 in line 19*",
            "*:26: test_expected_to_fail is in the layer unit, *",
            "*:30: test_reaches_another_process is in the layer unit, and connects to 127.0.0.1:*",
            "put a mock in its place, or move the test; to move it to integration, e2e or perf: move it "
            "from its folder tests/unit to a folder integration",
        ]
    )


WITHIN = """\
import asyncio, http.server, socket, threading, urllib.request

def test_a_server_in_a_thread():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with socket.create_connection(("localhost", server.server_port)) as client:
            client.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            assert client.recv(1)
        thread.join()

def test_a_loop_and_a_pair():
    asyncio.run(asyncio.sleep(0))
    one, two = socket.socketpair()
    one.sendall(b"x")
    assert two.recv(1) == b"x"
    one.close(), two.close()

def test_datagrams():
    with socket.socket(type=socket.SOCK_DGRAM) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        client.sendto(b"x", server.getsockname())
        _, back = server.recvfrom(1)
        server.sendto(b"y", back)
        assert client.recv(1) == b"y"

def test_a_mock_of_ours(payments):
    assert payments.journal() == []
"""


def test_what_stays_within_the_process_is_let_through(strict: pytest.Pytester) -> None:
    """Servers in threads, loops, pairs of sockets, and the mocks that run in this process."""
    run(strict, WITHIN).assert_outcomes(passed=4)


def test_other_layers_and_other_suites_are_not_watched(strict: pytest.Pytester) -> None:
    """Only a unit test of a strict suite is."""
    text = "import socket\ndef test_it():\n    assert socket.socket.connect.__qualname__.count('guarded')"
    run(strict, text).assert_outcomes(passed=1)
    strict.makeini("[pytest]\n")
    run(strict, text).assert_outcomes(failed=1)
    strict.makeini("[pytest]\nbelljar_strict_layers = true\nbelljar_layers = unit: integration\n")
    reach = (
        "import socket\ndef test_it():\n"
        "    with socket.socket() as own:\n"
        "        own.settimeout(0.01)\n"
        "        own.connect_ex(('127.0.0.1', 9))\n"
    )
    run(strict, reach).assert_outcomes(passed=1)
