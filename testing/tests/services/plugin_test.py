"""The fixture `services`, as a test suite sees it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

SERVER = str(Path(__file__).parent / "little_server.py")

CONFTEST = """
import sys, urllib.request
import pytest
from belljar.services import Service, Task

SERVER = {server!r}

def serve(name, *args, **more):
    told = dict(args=["--fd", "{{fd}}", *args]) | more
    return Service(name, [sys.executable, SERVER], **told)

@pytest.fixture(scope="session")
def service_graph():
    return [{nodes}]

@pytest.fixture
def get():
    def answer(url):
        try:
            return urllib.request.urlopen(url, timeout=5).read().decode()
        except OSError as error:
            return str(getattr(error, "reason", error)).lower()
    return answer
"""
ORDERS = 'serve("orders", label="//services/orders:orders")'


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest with the plugin on a module of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str, nodes: str = ORDERS) -> pytest.RunResult:
        pytester.makeini("[pytest]\n")  # or one of a folder above would be taken
        pytester.makeconftest(CONFTEST.format(server=SERVER, nodes=nodes))
        pytester.makepyfile(code)
        plugin = ["-p", "belljar.services.plugin", "-p", "no:cacheprovider", "--strict-markers"]
        return pytester.runpytest_subprocess(*plugin, *options)

    return run_pytest


def test_the_services_are_the_same_for_all_tests_of_a_run(run: Run) -> None:
    result = run(
        """
        pids = set()

        def test_one(services, get):
            assert get(services["orders"].url) == "ok"
            pids.add(services["orders"].pid)

        def test_two(services):
            assert list(services) == ["orders"]
            pids.add(services["orders"].pid)
            assert len(pids) == 1
        """
    )
    result.assert_outcomes(passed=2)


def test_each_folder_of_a_run_has_the_graph_of_its_own_conftest(
    run: Run, pytester: pytest.Pytester
) -> None:
    for name in ("east", "west"):
        folder = pytester.mkdir(name)
        (folder / "conftest.py").write_text(
            CONFTEST.format(server=SERVER, nodes=f'serve("{name}")'), encoding="utf-8"
        )
        (folder / f"{name}_test.py").write_text(
            "def test_one(services, get):\n"
            f"    assert list(services) == ['{name}']\n"
            f"    assert get(services['{name}'].url) == 'ok'\n"
            "def test_two(services): pass\n",
            encoding="utf-8",
        )
    result = run(
        "def test_here(services): assert list(services) == ['orders']", "west", "east", "."
    )
    result.assert_outcomes(passed=5)


def test_a_death_fails_the_test_with_the_last_lines_and_the_next_has_the_service_again(
    run: Run, tmp_path: Path
) -> None:
    xml = tmp_path / "result.xml"
    result = run(
        """
        urls = set()

        def test_fatal(services, get):
            urls.add(services["orders"].url)
            get(services["orders"].url + "/exit/7")
            while services["orders"].runs:  # it has answered, and is about to end
                pass

        def test_next(services, get):
            urls.add(services["orders"].url)
            assert get(services["orders"].url) == "ok"
            assert len(urls) == 1
        """,
        f"--junitxml={xml}",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "//services/orders:orders died: exit code 7, and no test had asked for that",
            "*address: http://127.0.0.1:*",
            "*| leaving with 7",
        ]
    )
    assert "died: exit code 7" in xml.read_text()


def test_a_failure_and_a_death_are_both_told(run: Run) -> None:
    result = run(
        """
        def test_fatal(services, get):
            get(services["orders"].url + "/exit/7")
            assert services["orders"].url == "somewhere else"
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*somewhere else*", "*a service died*", "*died: exit code 7*"])


@pytest.mark.parametrize("end", ["kill", "stop", "pause"])
def test_what_a_test_ends_runs_again_at_the_same_address(run: Run, end: str) -> None:
    result = run(
        f"""
        urls = set()

        def test_ends_it(services):
            urls.add(services["orders"].url)
            services["orders"].{end}()

        def test_next(services, get):
            urls.add(services["orders"].url)
            assert get(services["orders"].url) == "ok"
            assert len(urls) == 1
        """
    )
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*died*")


def test_a_failed_test_has_what_the_services_wrote_during_it(run: Run) -> None:
    result = run(
        """
        def test_before(services, get):
            get(services["orders"].url + "/say/early")

        def test_wrong(services, get):
            get(services["orders"].url + "/say/late")
            assert False
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*- orders wrote (*orders.log) -*", "late"])
    result.stdout.no_fnmatch_line("early")


def test_a_start_that_fails_fails_each_test_without_a_trace_and_once(
    run: Run, tmp_path: Path
) -> None:
    mark = tmp_path / "starts"
    code = f"open({str(mark)!r}, 'a').write('x'); import sys; sys.exit('no config')"
    result = run(
        """
        def test_one(services): pass
        def test_two(services): pass
        """,
        nodes=f'Service("orders", [sys.executable, "-c", {code!r}, "{{fd}}"])',
    )
    result.assert_outcomes(errors=2)
    told = "orders ended before it was ready: exit code 1"
    result.stdout.fnmatch_lines([told, "*| no config"])
    assert result.outlines.count(told) == 2
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*plugin.py*")
    assert mark.read_text() == "x"


def test_a_wrong_description_is_told_without_a_trace(run: Run) -> None:
    result = run("def test_one(services): pass", nodes='serve("orders", deps=["nobody"])')
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["orders needs 'nobody', which is not in the graph"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("returned", ["None", 'serve("orders")'])
def test_a_graph_that_is_no_list_is_told_without_a_trace(
    run: Run, pytester: pytest.Pytester, returned: str
) -> None:
    code = f"""
        import pytest
        from conftest import serve

        @pytest.fixture(scope="session")
        def service_graph():
            return {returned}

        def test_one(services): pass
        """
    result = run(code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["a graph is made of services and tasks, not of *", "*fix: give a*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*session.py*")


def test_a_test_without_declared_services_is_told_what_to_add(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\n")
    pytester.makepyfile("def test_one(services): pass")
    result = pytester.runpytest_subprocess("-p", "belljar.services.plugin")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*add services = *"//services/orders"* to its BUILD target*'])


def test_what_had_to_be_killed_is_in_the_summary(run: Run) -> None:
    result = run(
        "def test_one(services): pass", nodes='serve("orders", "--stubborn", stop_grace=0.2)'
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*= services =*", "orders had to be killed after 0.* stop_grace"])


def test_a_death_after_the_last_test_is_in_the_summary(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def ends_last(_services_session):
            yield
            import os, signal
            orders = _services_session.graph["orders"]
            os.kill(orders.pid, signal.SIGKILL)
            while orders.runs: pass

        def test_one(services): pass
        """
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*= services =*", "//services/orders:orders died: SIGKILL*"])


def test_logs_are_kept_with_the_result(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(tmp_path))
    result = run(
        "def test_one(services): services['orders'].wait_for_log('hello')",
        nodes='serve("orders", "--say", "hello")',
    )
    result.assert_outcomes(passed=1)
    assert (tmp_path / "services/orders.log").read_text() == "hello\n"


def test_each_worker_has_a_graph_and_logs_of_its_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(tmp_path))
    result = run(
        "def test_one(services, get): assert get(services['orders'].url) == 'ok'",
        *("-p", "xdist", "-n", "2", "--dist", "each"),
        nodes='serve("orders", "--stubborn", stop_grace=0.2)',
    )
    result.assert_outcomes(passed=2)
    assert {path.parent.name for path in tmp_path.rglob("orders.log")} == {"gw0", "gw1"}
    result.stdout.fnmatch_lines(["orders had to be killed*"])


def test_what_bazel_declares_wins_over_a_conftest(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "server"
    binary.write_text(f'#!/bin/sh\nexec {sys.executable} {SERVER} "$@"\n')
    binary.chmod(0o755)
    node = {
        "label": "//services/declared:declared",
        "name": "declared",
        "kind": "service",
        "binary": str(binary),
        "args": ["--fd", "{fd}"],
        "env": {},
        "ports": {"main": "http"},
        "ready": None,
        "deps": [],
        "after": [],
        "databases": [],
        "exports": {},
        "secrets": [],
        "files": {},
        "instances": 1,
        "ready_timeout": 30,
        "stop_signal": "SIGTERM",
        "stop_grace": 10,
        "exit_codes": [0],
        "callbacks": [],
        "timeout": 60,
    }
    graph = {"target": "//x:y", "roots": [node["label"]], "nodes": [node], "databases": {}}
    (tmp_path / "graph.json").write_text(json.dumps(graph))
    monkeypatch.setenv("BELLJAR_SERVICES", str(tmp_path / "graph.json"))
    run(
        """
        def test_one(services, get):
            assert list(services) == ["declared"]
            assert services["declared"].label == "//services/declared:declared"
            assert get(services["declared"].url) == "ok"
        """
    ).assert_outcomes(passed=1)


def test_the_databases_are_put_back_after_each_test_but_not_where_it_says_so(run: Run) -> None:
    """With a stand-in for the databases, which notes what it is asked."""
    result = run(
        """
        import sys, types
        import pytest

        asked = []

        class Noting:
            cut = ()
            def __init__(self, *_, **__): pass
            def url(self, name): return "postgresql://root:password@nowhere/" + name
            def reset(self):
                asked.append("reset")
                return ["a row stayed"] if len(asked) == 2 else []
            def sockets(self): return []
            def close(self): pass

        module = types.ModuleType("belljar.services.databases")
        module.GraphDatabases = Noting
        sys.modules["belljar.services.databases"] = module

        def test_one(services):
            assert services.databases["db"].url.endswith("/db")

        @pytest.mark.services(reset=False)
        def test_two(services):
            assert asked == ["reset"]

        def test_three(services):
            assert asked == ["reset"]
        """,
        nodes='serve("orders", env={"DB": "{url:db}"}, databases={"db": "valkey"})',
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_three*", "a row stayed"])


def test_a_task_with_a_database_runs_again_when_its_work_was_put_back(run: Run) -> None:
    result = run(
        """
        import sys, types

        class Nothing:
            cut = ()
            def __init__(self, *_, **__): pass
            def url(self, name): return "sqlite://" + name
            def reset(self): return []
            def sockets(self): return []
            def close(self): pass

        module = types.ModuleType("belljar.services.databases")
        module.GraphDatabases = Nothing
        sys.modules["belljar.services.databases"] = module

        import pathlib
        runs = pathlib.Path("runs")

        def test_one(services):
            assert runs.read_text() == "x"

        def test_two(services):
            assert runs.read_text() == "xx"
        """,
        nodes=(
            'Task("load", [sys.executable, "-c", "open(\'runs\', \'a\').write(\'x\')", "{url:db}"],'
            ' databases={"db": "valkey"}), serve("orders", after=["load"])'
        ),
    )
    result.assert_outcomes(passed=2)
