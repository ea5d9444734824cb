"""`up`: a graph for a person, from the table of addresses to the last line after Ctrl-C."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
import pytest
import valkey

from belljar.databases import PostgresTemplate
from belljar.services.up import main
from belljar.services.up_logs import LiveLogs
from tests.services.declared_graphs import declare, node

Alive = Callable[[int], bool]

PROGRAM = "import sys; from belljar.services.up import main; sys.exit(main('graph.json'))"
SECONDS = 30.0
READY = "Ctrl-C stops everything"


class Up:
    """A running `up`, and what it prints."""

    def __init__(self, folder: Path, *arguments: str, out: int = subprocess.PIPE) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "BUILD_WORKING_DIRECTORY": str(folder)},
        )
        self.text = ""
        self._parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        if self.process.stdout is not None:
            self.read_from(self.process.stdout)

    def read_from(self, stream: IO[bytes]) -> None:
        """Collect what comes, in a thread."""

        def read() -> None:
            try:
                while part := stream.read1(65536):  # type: ignore[attr-defined]  # a buffered one
                    self._parts.put(part)
            except OSError:
                pass  # the other end of a terminal is gone
            self._parts.put(b"")

        threading.Thread(target=read, daemon=True).start()

    def until(self, pattern: str) -> re.Match[str]:
        """Return the first match in what was printed by then."""
        while not (match := re.search(pattern, self.text)):
            part = self._parts.get(timeout=SECONDS)
            assert part, f"it ended without {pattern!r}:\n{self.text}"
            self.text += part.decode(errors="replace")
        return match

    def end(self, number: int | None = None) -> int:
        """Send a signal, and return the exit status when all was read."""
        if number is not None:
            self.process.send_signal(number)
        while part := self._parts.get(timeout=SECONDS):
            self.text += part.decode(errors="replace")
        return self.process.wait(SECONDS)


Start = Callable[..., Up]


@pytest.fixture(name="up")
def _up(tmp_path: Path) -> Iterator[Start]:
    """Start `up` in the test's folder, where its graph is declared."""
    started: list[Up] = []

    def start(*arguments: str, out: int = subprocess.PIPE) -> Up:
        started.append(Up(tmp_path, *arguments, out=out))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return str(answer.read().decode())


def test_it_says_where_everything_is_and_stops_at_ctrl_c(
    tmp_path: Path, up: Start, alive: Alive
) -> None:
    shop = node("shop", env={"STOCK": "{url:stock}"}, deps=["//shop:stock"])
    declare(tmp_path, shop, node("stock", "--children=1"))
    running = up()
    running.until(READY)
    found = running.until(r"(?m)^  shop +(http://127\.0\.0\.1:\d+)  //shop:shop$")
    assert _get(found[1]) == "ok"
    stock = running.until(r"(?m)^  stock +(http://\S+)  //shop:stock$")
    assert _get(f"{found[1]}/env/STOCK") == stock[1]
    child = int(running.until(r"stock \| child (\d+)")[1])
    folder = Path(_get(f"{found[1]}/env/HOME")).parents[1]
    assert folder.is_dir()
    assert running.end(signal.SIGINT) == 0
    assert "stopping" in running.text
    assert not folder.exists()
    assert not alive(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_or_a_kill_stops_it_as_well(
    tmp_path: Path, up: Start, number: int
) -> None:
    declare(tmp_path, node("shop"))
    running = up()
    running.until(READY)
    assert running.end(number) == 0


def test_each_line_has_its_writers_name(tmp_path: Path, up: Start) -> None:
    declare(
        tmp_path,
        node("shop", "--say=open", deps=["//shop:stockroom"], env={"S": "{url:stockroom}"}),
        node("stockroom", "--say=full", "--say=very", instances=2),
    )
    running = up()
    running.until(READY)
    lines = running.text.splitlines()
    assert "shop        | open" in lines
    assert lines.index("stockroom.0 | full") + 1 == lines.index("stockroom.0 | very")
    assert "stockroom.1 | full" in lines
    url = running.until(r"(?m)^  shop +(http://\S+)")[1]
    _get(f"{url}/say/later")
    running.until(r"(?m)^shop        \| later$")
    assert "\x1b" not in running.text


def test_a_terminal_gets_colours(
    tmp_path: Path, up: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    pty = pytest.importorskip("pty", reason="there are no pseudo terminals on Windows")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    declare(tmp_path, node("shop", "--say=open"))
    ours, theirs = pty.openpty()
    running = up(out=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        running.read_from(terminal)
        running.until(re.escape("\x1b[36mshop | \x1b[0mopen\x1b[0m"))
        running.until(READY)
        assert running.end(signal.SIGINT) == 0


def test_a_port_may_be_chosen(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop", env={"OWN": "{url}"}))
    with socket.socket() as looked_up:
        looked_up.bind(("127.0.0.1", 0))
        number = looked_up.getsockname()[1]
    running = up("--port", f"shop={number}")
    running.until(READY)
    assert _get(f"http://127.0.0.1:{number}/env/OWN") == f"http://127.0.0.1:{number}"


@pytest.mark.parametrize("listening", [True, False])
def test_a_port_in_use_is_told(tmp_path: Path, up: Start, listening: bool) -> None:
    declare(tmp_path, node("shop"))
    with socket.socket() as taken:
        if listening:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        if listening:
            taken.listen()
        number = taken.getsockname()[1]
        running = up("--port", f"shop={number}")
        assert running.end() == 1
    assert f"--port shop={number}: port {number} of 127.0.0.1 can't be had" in running.text
    assert "fix: " in running.text
    assert "Traceback" not in running.text


@pytest.mark.parametrize(
    ("option", "told", "code"),
    [
        ("shop", "is not SERVICE=NUMBER", 2),
        ("shop=0", "a number from 1 to 65535", 2),
        ("shop=http", "a number from 1 to 65535", 2),
        ("ship=8000", "there is no service 'ship'", 1),
        ("shop.admin=8000", "shop has no port 'admin'", 1),
        ("twins=8000", "has 2 instances", 1),
        ("own=8000", "is chosen by the server", 1),
    ],
)
def test_a_wrong_port_is_told(tmp_path: Path, up: Start, option: str, told: str, code: int) -> None:
    own = node("own", "--report", ready={"log": r"listening on 127.0.0.1:(?P<port>\d+)"})
    own["args"] = ["--report"]
    needs = {"after": ["//shop:twins", "//shop:own"]}
    declare(tmp_path, node("shop", **needs), node("twins", instances=2), own)
    running = up("--port", option)
    assert running.end() == code
    assert told in running.text
    assert "Traceback" not in running.text


def test_addresses_are_written_for_programs(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop"))
    running = up("--json", "where.json")
    running.until(READY)
    file = tmp_path / "where.json"
    while not file.exists():
        assert running.process.poll() is None
    found = json.loads(file.read_text(encoding="utf-8"))
    assert _get(found["services"]["shop"]["url"]) == "ok"
    assert found["services"]["shop"]["label"] == "//shop:shop"
    assert running.end(signal.SIGINT) == 0
    assert not file.exists()


def test_a_file_that_can_not_be_written_is_told_before_anything_starts(
    tmp_path: Path, up: Start
) -> None:
    declare(tmp_path, node("shop"))
    running = up("--json", "nowhere/where.json")
    assert running.end() == 2
    assert f"argument --json: {tmp_path / 'nowhere'} is no folder" in running.text
    assert "starting" not in running.text


def test_a_service_that_dies_is_told_with_its_last_lines(tmp_path: Path, up: Start) -> None:
    shop = node("shop", after=["//shop:stock"])
    declare(tmp_path, shop, node("stock"))
    running = up()
    running.until(READY)
    url = running.until(r"(?m)^  stock +(http://\S+)")[1]
    with pytest.raises(OSError):
        _get(f"{url}/exit/7")
    assert running.end() == 1
    assert "up: //shop:stock died: exit code 7" in running.text
    assert "| leaving with 7" in running.text.partition("up: ")[2]
    assert "Traceback" not in running.text


def test_a_service_that_does_not_start_is_told(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop", "--say=no licence", "--die=3"))
    running = up()
    assert running.end() == 1
    assert "up: //shop:shop ended before it was ready: exit code 3" in running.text
    assert "shop | no licence" in running.text
    assert "Traceback" not in running.text


def test_ctrl_c_ends_a_slow_start(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop", "--say=working", "--slow=60", ready_timeout=60))
    running = up()
    running.until("working")
    assert running.end(signal.SIGINT) == 0


def test_a_second_ctrl_c_kills(tmp_path: Path, up: Start, alive: Alive) -> None:
    declare(tmp_path, node("shop", "--stubborn", "--children=1", stop_grace=60))
    running = up()
    running.until(READY)
    child = int(running.until(r"child (\d+)")[1])
    running.process.send_signal(signal.SIGINT)
    running.until("Ctrl-C again kills")
    assert running.end(signal.SIGINT) == 130
    assert not alive(child)
    assert "Traceback" not in running.text


@pytest.mark.parametrize("moment", ["\nstopping", "starting"], ids=["its words", "its start"])
def test_a_ctrl_c_is_never_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """One that comes while another is being answered does not wait for a grace either."""
    declare(tmp_path, node("shop", "--stubborn", stop_grace=60))
    monkeypatch.chdir(tmp_path)
    say = LiveLogs.say

    def interrupted(logs: LiveLogs, text: str) -> None:
        say(logs, text)
        if text.startswith(moment) or READY in text:
            raise KeyboardInterrupt

    monkeypatch.setattr(LiveLogs, "say", interrupted)
    begun = time.monotonic()
    assert main("graph.json", []) == 130
    assert time.monotonic() - begun < 30


def test_one_that_had_to_be_killed_is_told(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop", "--stubborn", stop_grace=0.1))
    running = up()
    running.until(READY)
    assert running.end(signal.SIGINT) == 0
    assert "//shop:shop had to be killed" in running.text


def test_databases_are_there_to_be_looked_at(tmp_path: Path, up: Start) -> None:
    (tmp_path / "tables.sql").write_text("CREATE TABLE product (name text);", encoding="utf-8")
    template = PostgresTemplate.build(
        migrations=[tmp_path / "tables.sql"], folder=tmp_path / "built"
    )
    databases = {
        "//shop:shop_db": {
            "name": "shop_db",
            "kind": "postgres",
            "archive": str(template.archive),
            "dump": str(template.dump),
            "tables": str(template.tables),
        },
        "//db:valkey": {"name": "valkey", "kind": "valkey"},
    }
    env = {"DB": "{url:shop_db}", "CACHE": "{url:valkey}"}
    declare(tmp_path, node("shop", env=env, databases=list(databases)), databases=databases)
    running = up()
    running.until(READY)
    url = running.until(r"(?m)^  shop_db +(postgresql://\S+)  //shop:shop_db$")[1]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM product").fetchone() == (0,)
    client = valkey.Valkey.from_url(running.until(r"(?m)^  valkey +(unix://\S+)")[1])
    assert client.ping()
    client.connection_pool.disconnect()
    assert running.end(signal.SIGINT) == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_help_says_all_of_it(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop"))
    running = up("--help")
    assert running.end() == 0
    for word in ("//shop:shop", "--port", "--json", "Ctrl-C", "psql", "Exit status"):
        assert word in running.text


def test_it_ends_when_nobody_reads_it_any_more(tmp_path: Path, up: Start) -> None:
    declare(tmp_path, node("shop", "--say=open"))
    ours, theirs = os.pipe()
    running = up(out=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        assert pipe.readline().startswith(b"starting")
    url_is_gone = running.process.wait(SECONDS)
    assert url_is_gone == 0
