"""By whichever way a unit test reaches out of its process, it fails where it does, and hangs nowhere."""

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


def run(suite: pytest.Pytester, text: str) -> pytest.RunResult:
    """Run one file of unit tests."""
    (suite.path / "tests/unit/a_test.py").write_text(text, encoding="utf-8")
    return suite.runpytest_subprocess(
        "-p", "belljar.plugin", "--import-mode=importlib", "-W", "ignore", timeout=60
    )


WAYS = """\
import multiprocessing, socket
import pytest

def reach():
    socket.create_connection(("192.0.2.1", 9), timeout=1)

def test_child():
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(reach)

def test_message():
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.sendmsg([b"x"], [], 0, ("192.0.2.1", 9))

def test_name_of_an_address():
    socket.gethostbyaddr("192.0.2.1")

def test_names_of_both():
    socket.getnameinfo(("192.0.2.1", 9), 0)
"""


def test_a_forked_child_a_message_and_a_reverse_look_up_are_refused(
    strict: pytest.Pytester,
) -> None:
    """The child of a pool tells by an error that its pool hands on; by another one it would wait for ever."""
    result = run(strict, WAYS)
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines_random(
        [
            "*:7: test_child is in the layer unit, and connects to 192.0.2.1:9 in line 5; *",
            "*:11: test_message is in the layer unit, and connects to 192.0.2.1:9 in line 13; *",
            "*:15: test_name_of_an_address is in the layer unit, and looks up 192.0.2.1 in line 16; *",
            "*:18: test_names_of_both is in the layer unit, and looks up 192.0.2.1 in line 19; *",
        ]
    )


WITHIN = """\
import socket

def test_loopback():
    socket.getfqdn("127.0.0.1")
    socket.getnameinfo(("127.0.0.1", 80), 0)
    socket.getnameinfo(("192.0.2.1", 80), socket.NI_NUMERICHOST)

def test_a_connected_message():
    one, two = socket.socketpair()
    one.sendmsg([b"x"])
    assert two.recv(1) == b"x"
    one.close(), two.close()
"""


def test_what_asks_nobody_is_let_through(strict: pytest.Pytester) -> None:
    run(strict, WITHIN).assert_outcomes(passed=2)


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_that_reaches_out_when_it_is_imported_is_refused(
    strict: pytest.Pytester, taken: bool
) -> None:
    """With its line and how to move it, also if it takes the refusal."""
    reach = "socket.create_connection(('192.0.2.1', 9), timeout=1)"
    text = f"try: {reach}\nexcept BaseException: pass" if taken else reach
    result = run(strict, f"import socket\n{text}\ndef test_it(): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "tests/unit/a_test.py is in the layer unit, and connects to 192.0.2.1:9 in line 2, when it is "
            "imported; a unit test reaches nothing outside its own process",
            "*to move it to integration, e2e or perf: move it from its folder tests/unit to a folder *",
        ]
    )


def test_a_fixture_of_a_conftest_is_named_with_its_line(strict: pytest.Pytester) -> None:
    """Where none of the test's own file is in it."""
    strict.makeconftest(
        "import pytest, socket\n"
        "@pytest.fixture(scope='session')\n"
        "def broker():\n"
        "    return socket.create_connection(('192.0.2.1', 9), timeout=1)\n"
    )
    result = run(strict, "def test_it(broker): pass\n")
    result.stdout.fnmatch_lines(
        ["*test_it is in the layer unit, and connects to * in conftest.py:4; *"]
    )
