"""What pytest makes of breaches, from outside: plain pytest with a fence of its own."""

from __future__ import annotations

import os
import socket

import pytest

pytest_plugins = ["pytester"]

# What code under test does: it tries, and shrugs. A datagram socket's connect sends nothing, should
# a fence let it through.
SHRUG = (
    "import pytest, socket\n"
    "def reach(port=80):\n"
    "    try:\n"
    "        with socket.socket(type=socket.SOCK_DGRAM) as client:\n"
    "            client.connect(('192.0.2.1', port))\n"
    "    except OSError:\n"
    "        pass\n"
)


@pytest.fixture(params=["", "audit"], ids=["kernel", "audit"])
def suite(
    request: pytest.FixtureRequest, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A folder for a suite with the fence on: the kernel's, or Python's own."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, of a dozen wheels
    monkeypatch.setenv("BELLJAR_FENCE", request.param)
    pytester.makeini("[pytest]\nbelljar_fence = on\n")
    return pytester


def sealed() -> bool:
    """Whether Bazel has put this test into a network of its own."""
    return os.environ.get("BELLJAR_SEAL_SEEN", "").startswith("sealed")


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "belljar.plugin", "-rA", "-v", *arguments)


def test_a_breach_that_the_code_swallowed_fails_the_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(SHRUG + "def test_bad(): reach()\ndef test_good(): pass\n")
    result = run(suite)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*connected to 192.0.2.1:80, which is outside*"])


def test_a_test_that_fails_of_the_refusal_shows_both(suite: pytest.Pytester) -> None:
    suite.makepyfile(SHRUG + "def test_bad(): socket.create_connection(('192.0.2.1', 80))\n")
    result = run(suite)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*unreachable*", "*connected to 192.0.2.1:80*"])


def test_setup_and_teardown_are_parts_of_the_test(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        SHRUG + "@pytest.fixture\n"
        "def before(): reach(81)\n"
        "@pytest.fixture\n"
        "def after():\n"
        "    yield\n"
        "    reach(82)\n"
        "def test_one(before): pass\n"
        "def test_two(after): pass\n"
    )
    result = run(suite)
    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines(["*192.0.2.1:81*"])
    result.stdout.fnmatch_lines(["*192.0.2.1:82*"])


def test_neither_a_skip_nor_an_expected_failure_hides_it(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        SHRUG + "def test_skips():\n"
        "    reach()\n"
        "    pytest.skip('nobody there')\n"
        "@pytest.mark.xfail\n"
        "def test_expected():\n"
        "    reach()\n"
        "    assert False\n"
    )
    result = run(suite, "--junitxml=result.xml")
    result.assert_outcomes(failed=2)
    written = (suite.path / "result.xml").read_text(encoding="utf-8")
    assert 'failures="2" skipped="0"' in written
    assert "<skipped" not in written


def test_a_module_that_connects_when_imported_is_an_error(suite: pytest.Pytester) -> None:
    suite.makepyfile(SHRUG + "reach()\ndef test_one(): pass\n")
    result = run(suite)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*connected to 192.0.2.1:80*", "*1 error during collection*"])


def test_what_comes_after_the_last_test_fails_the_run(suite: pytest.Pytester) -> None:
    suite.makeconftest(SHRUG + "def pytest_sessionfinish(): reach()\n")
    suite.makepyfile("def test_one(): pass\n")
    result = run(suite)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*after the last test: *192.0.2.1:80*"])


def test_a_test_that_asks_for_its_breaches_has_dealt_with_them(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        SHRUG + "from belljar.fence import current\n"
        "def test_one():\n"
        "    reach()\n"
        "    assert [b.address for b in current().breaches()] == ['192.0.2.1:80']\n"
    )
    run(suite).assert_outcomes(passed=1)


def test_a_lookup_fails_the_test_and_localhost_does_not(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        SHRUG + "def test_far():\n"
        "    with pytest.raises(OSError): socket.getaddrinfo('db.example.com', 80)\n"
        "def test_near(): socket.getaddrinfo('localhost', 80)\n"
    )
    result = run(suite)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*looked up db.example.com*"])


def test_the_own_server_is_reached(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        SHRUG + "def test_one():\n"
        "    with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "        socket.create_connection(server.getsockname()).close()\n"
    )
    run(suite).assert_outcomes(passed=1)


def test_report_tells_and_fails_nothing(suite: pytest.Pytester) -> None:
    suite.makeini("[pytest]\nbelljar_fence = report\n")
    suite.makepyfile(SHRUG + "def test_bad(): reach()\n")
    result = run(suite)
    if "as BELLJAR_FENCE asks" not in result.stdout.str():
        result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*connected to 192.0.2.1:80*"])


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n2"]], ids=["alone", "workers"])
def test_report_lets_connections_be_and_tells_of_them_at_the_end(
    plain: pytest.Pytester, workers: list[str]
) -> None:
    plain.makeini("[pytest]\nbelljar_fence = report\n")
    plain.makepyfile(
        "import os, socket\n"
        "def test_one():\n"
        "    socket.create_connection(('127.0.0.1', int(os.environ['STRANGER']))).close()\n"
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as stranger,
        pytest.MonkeyPatch.context() as patch,
    ):
        port = stranger.getsockname()[1]
        patch.setenv("STRANGER", str(port))
        result = run(plain, *workers)
    result.assert_outcomes(passed=1)
    if sealed():
        return  # there are no strangers in a network of the target's own
    result.stdout.fnmatch_lines([f"*::test_one: *connected to 127.0.0.1:{port}, where a process*"])


def test_what_workers_do_after_their_last_test_fails_the_run(suite: pytest.Pytester) -> None:
    suite.makeconftest(
        SHRUG + "def pytest_sessionfinish(session):\n"
        "    if hasattr(session.config, 'workerinput'): reach()\n"
    )
    suite.makepyfile("def test_one(): pass\n")
    result = run(suite, "-p", "xdist", "-n2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*after the last test: *192.0.2.1:80*"])


def test_workers_say_what_their_fences_lack(
    plain: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLJAR_FENCE", "audit")
    plain.makepyfile("def test_one(): pass\n")
    result = run(plain, "-p", "xdist", "-n2")
    result.stdout.fnmatch_lines(["*fence partial (only around Python code*"])


def test_a_test_without_its_supervisor_does_not_pass(plain: pytest.Pytester) -> None:
    if sealed():
        pytest.skip("the supervisor is the target's own: this test would end with it")
    plain.makeini("[pytest]\nbelljar_fence = on\n")
    plain.makepyfile(
        SHRUG + "import os, select, signal, struct\n"
        "from belljar.fence import current\n"
        "def test_one():\n"
        "    made_by = current()._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)\n"
        "    supervisor = os.pidfd_open(struct.unpack('3i', made_by)[0])\n"
        "    signal.pidfd_send_signal(supervisor, signal.SIGKILL)\n"
        "    select.select([supervisor], [], [])\n"
        "    reach()\n"
    )
    result = run(plain)
    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["*the fence's supervisor is gone*"])


def test_each_worker_has_a_fence(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        SHRUG + "@pytest.mark.parametrize('number', range(6))\n"
        "def test_bad(number): reach(80 + number)\n"
        "@pytest.mark.parametrize('number', range(6))\n"
        "def test_good(number): pass\n"
    )
    result = run(suite, "-p", "xdist", "-n2")
    result.assert_outcomes(failed=6, passed=6)
    for number in range(6):
        result.stdout.fnmatch_lines([f"*192.0.2.1:{80 + number}*"])


@pytest.fixture
def plain(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for a suite that says nothing of a fence."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, of a dozen wheels
    monkeypatch.delenv("BELLJAR_FENCE", raising=False)
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(
        "from belljar.fence import NullFence, current\n"
        "def test_one(): assert isinstance(current(), NullFence)\n"
    )
    return pytester


def test_the_fence_is_off_where_nobody_asks_for_it(plain: pytest.Pytester) -> None:
    from belljar.fence import NullFence, current

    if not isinstance(current(), NullFence):
        pytest.skip("under Bazel there is one around this test already")
    run(plain).assert_outcomes(passed=1)


@pytest.mark.parametrize("place", ["ini", "environment"])
def test_a_bad_setting_is_a_usage_error_with_the_choices(
    plain: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    if place == "ini":
        plain.makeini("[pytest]\nbelljar_fence = maybe\n")
    else:
        monkeypatch.setenv("BELLJAR_FENCE", "maybe")
    result = run(plain)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*maybe*choose one of *off*"])
