"""One cache for all checkouts: what one machine tested, another does not test again."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.workspace.second_workspace import Team

FILES = {
    # Without it Bazel 4 and 7 make the user's PATH part of every key.
    ".bazelrc": "build --incompatible_strict_action_env\n",
    "app/BUILD.bazel": """
load("@belljar//bazel:defs.bzl", "py_integration_test", "py_unit_test")
load("@team_pip//:requirements.bzl", "requirement")

py_unit_test(name = "unit_test", srcs = ["unit_test.py"], deps = [requirement("greeting")])
py_integration_test(name = "sharded_test", srcs = ["sharded_test.py"], shard_count = 2)
""",
    "app/unit_test.py": "import greeting\ndef test_greets(): assert greeting.HELLO\n",
    "app/sharded_test.py": "def test_one(): pass\ndef test_two(): pass\n",
}


@pytest.fixture(scope="module")
def elsewhere(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """The same checkout in a deeper folder, with another HOME, PATH, output base and interpreter's place."""
    team.write_lock(team.wheel("greeting", {"greeting.py": "HELLO = 'hello'\n"}))
    team.write(FILES)
    folder = tmp_path_factory.mktemp("elsewhere")
    python = folder / "opt" / "python"
    shutil.copytree(sys.prefix, python)
    root = folder / "deep" / "er" / "checkout"
    shutil.copytree(team.root, root, symlinks=True, ignore=shutil.ignore_patterns("bazel-*"))
    home = folder / "another" / "home"
    home.mkdir(parents=True)
    second = replace(
        team,
        root=root,
        environ={
            **team.environ,
            "BELLJAR_PYTHON": str(python / "bin" / Path(sys.executable).name),
            "HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "UV_CACHE_DIR": str(home / "uv"),
        },
        startup=[
            f"--output_base={folder / 'base'}",
            "--max_idle_secs=60",
            "--host_jvm_args=-Xmx1g",
        ],
    )
    yield second
    second.run("shutdown")


class _Cache(BaseHTTPRequestHandler):
    """Bazel's HTTP cache protocol: PUT and GET of /ac/HASH and /cas/HASH."""

    blobs: dict[str, bytes] = {}  # noqa: RUF012  # one cache for the one server of this module
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self.blobs[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(204, b"")

    def do_GET(self) -> None:
        blob = self.blobs.get(self.path)
        self._answer(404 if blob is None else 200, blob or b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def http_cache() -> Iterator[str]:
    """The address of a remote cache."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Cache)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_second_checkout_finds_every_test_in_the_cache(
    team: Team, elsewhere: Team, http_cache: str
) -> None:
    """No path of a checkout, HOME, PATH or interpreter is part of a test's key."""
    first = team.run("test", "//app:all", f"--remote_cache={http_cache}")
    assert first.code == 0, first.text
    second = elsewhere.run("test", "//app:all", f"--remote_cache={http_cache}")
    assert second.code == 0, second.text
    assert second.text.count("(cached) PASSED") == 2, second.text
    (processes,) = re.findall(r"INFO: \d+ processes: (.*)", second.text)
    assert "linux-sandbox" not in processes


def test_a_changed_standard_library_runs_the_tests_again(elsewhere: Team, http_cache: str) -> None:
    """Its content is part of the key, without a restart and without a fetch; undone, the cache hits."""
    library = Path(elsewhere.environ["BELLJAR_PYTHON"]).parents[1] / "lib"
    (module,) = library.glob("python3*/this.py")
    before = module.read_text(encoding="utf-8")
    assert "(cached)" in elsewhere.run("test", "//app:unit_test").text
    module.unlink()
    module.write_text(before + "# changed\n", encoding="utf-8")
    changed = elsewhere.run("test", "//app:unit_test")
    assert changed.code == 0, changed.text
    assert "(cached)" not in changed.text
    module.write_text(before, encoding="utf-8")
    undone = elsewhere.run("test", "//app:unit_test", f"--remote_cache={http_cache}")
    assert "(cached) PASSED" in undone.text, undone.text
