"""The HTTP API, as Toxiproxy's clients use it: their requests' forms, its answers, status codes and errors."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.proxy.dialling import connect, read_all

pytestmark = pytest.mark.integration


class Server:
    """A server in a process of its own, and requests to it."""

    def __init__(self, *options: str, pass_fds: tuple[int, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "belljar.mocks.proxy", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=pass_fds,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        self.said: list[str] = []
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.match(r"belljar.mocks.proxy listens at (.*):(\d+)", line):
                self.host, self.port = found[1], int(found[2])
                break
        else:
            raise AssertionError("".join(self.said))

    def raw(self, method: str, path: str, body: str | None = None, **headers: str) -> Any:
        """Give status, headers and body."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Give status and JSON."""
        text = None if body is None else json.dumps(body)
        status, _headers, answer = self.raw(method, path, text)
        return status, json.loads(answer) if answer else None


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server("--port", "0", "--seed", "7")
    yield server
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0
    assert server.process.stdout
    assert server.process.stdout.read() == ""  # not a word of an error


@pytest.fixture
def server(running: Server) -> Server:
    for name in running.ask("GET", "/proxies")[1]:
        running.ask("DELETE", f"/proxies/{quote(name, safe='')}")
    return running


def test_a_proxy_is_made_shown_and_deleted(server: Server, echo: str) -> None:
    made = server.ask("POST", "/proxies", {"name": "db", "listen": "127.0.0.1:0", "upstream": echo})
    assert made[0] == 201
    listen = made[1]["listen"]
    assert re.fullmatch(r"127\.0\.0\.1:[1-9]\d+", listen)
    shown = {"name": "db", "listen": listen, "upstream": echo, "enabled": True, "toxics": []}
    assert made[1] == shown
    assert server.ask("GET", "/proxies/db") == (200, shown)
    assert server.ask("GET", "/proxies") == (200, {"db": shown})
    with connect(listen) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        assert server.ask("DELETE", "/proxies/db") == (204, None)
        assert client.recv(1) == b""
    assert server.ask("GET", "/proxies") == (200, {})


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_proxy_goes_down_and_up_at_its_address(server: Server, echo: str, method: str) -> None:
    made = server.ask("POST", "/proxies", {"name": "db", "upstream": echo})[1]
    status, down = server.ask(method, "/proxies/db", {"enabled": False})
    assert (status, down["enabled"]) == (200, False)
    with pytest.raises(ConnectionRefusedError):
        connect(made["listen"])
    assert server.ask(method, "/proxies/db", {"enabled": True}) == (200, made)
    connect(made["listen"]).close()


def test_another_upstream_drops_connections_and_is_used(
    server: Server, echo: str, serve: Any
) -> None:
    other = serve(lambda client: client.sendall(b"other"))
    made = server.ask("POST", "/proxies", {"name": "db", "upstream": echo})[1]
    with connect(made["listen"]) as client:
        client.sendall(b"x")
        assert client.recv(1) == b"x"
        assert server.ask("POST", "/proxies/db", {"upstream": other})[1]["upstream"] == other
        assert client.recv(1) == b""
    with connect(made["listen"]) as client:
        assert read_all(client) == b"other"


def test_a_proxy_may_begin_disabled(server: Server, echo: str) -> None:
    body = {"name": "db", "listen": "localhost:0", "upstream": echo, "enabled": False}
    assert server.ask("POST", "/proxies", body)[1]["listen"] == "localhost:0"


def test_a_toxic_is_added_shown_changed_and_removed(server: Server, echo: str) -> None:
    server.ask("POST", "/proxies", {"name": "db", "upstream": echo})
    shown: dict[str, Any] = {
        "attributes": {"latency": 100, "jitter": 0},
        "name": "latency_downstream",
        "type": "latency",
        "stream": "downstream",
        "toxicity": 1.0,
    }
    body = {"type": "latency", "attributes": {"latency": 100}}
    assert server.ask("POST", "/proxies/db/toxics", body) == (200, shown)
    path = "/proxies/db/toxics/latency_downstream"
    assert server.ask("GET", path) == (200, shown)
    assert server.ask("GET", "/proxies/db/toxics") == (200, [shown])
    assert server.ask("GET", "/proxies/db")[1]["toxics"] == [shown]
    changed: dict[str, Any] = shown | {
        "attributes": {"latency": 100, "jitter": 10},
        "toxicity": 0.5,
    }
    for method in ("POST", "PATCH"):
        change = {"attributes": {"jitter": 10}, "toxicity": 0.5}
        assert server.ask(method, path, change) == (200, changed)
    assert server.ask("DELETE", path) == (204, None)
    assert server.ask("GET", "/proxies/db/toxics") == (200, [])


def test_reset_enables_proxies_and_removes_toxics(server: Server, echo: str) -> None:
    made = server.ask("POST", "/proxies", {"name": "db", "upstream": echo})[1]
    server.ask("POST", "/proxies/db/toxics", {"type": "timeout", "attributes": {"timeout": 0}})
    server.ask("POST", "/proxies/db", {"enabled": False})
    assert server.ask("POST", "/reset") == (204, None)
    assert server.ask("GET", "/proxies/db") == (200, made)


def test_populate_makes_replaces_and_leaves_alone(server: Server, echo: str) -> None:
    first = [{"name": "a", "upstream": echo}, {"name": "b", "upstream": echo, "enabled": False}]
    status, made = server.ask("POST", "/populate", first)
    assert status == 201
    assert [(one["name"], one["enabled"]) for one in made["proxies"]] == [("a", True), ("b", False)]
    server.ask("POST", "/proxies/a/toxics", {"type": "latency"})
    again = [
        {"name": "a", "listen": made["proxies"][0]["listen"], "upstream": echo},
        {"name": "b", "upstream": "127.0.0.1:1"},
    ]
    status, there = server.ask("POST", "/populate", again)
    assert status == 201
    assert [len(one["toxics"]) for one in there["proxies"]] == [1, 0]
    assert there["proxies"][1]["upstream"] == "127.0.0.1:1"


def test_populate_changes_nothing_when_one_is_wrong(server: Server, echo: str) -> None:
    status, answer = server.ask(
        "POST", "/populate", [{"name": "a", "upstream": echo}, {"name": "b"}]
    )
    assert (status, answer["proxies"]) == (400, [])
    assert answer["error"] == "missing required field: upstream at proxy 2"
    assert server.ask("GET", "/proxies") == (200, {})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/proxies", "{", 400, "bad request body: "),
        ("POST", "/proxies", "", 400, "bad request body: EOF"),
        ("POST", "/proxies", "[" * 100_000, 400, "bad request body: "),
        ("POST", "/proxies", "{}", 400, "missing required field: name"),
        ("POST", "/proxies", '{"name": "x"}', 400, "missing required field: upstream"),
        ("POST", "/proxies", '{"name": 1}', 400, "bad request body: name is 1"),
        ("POST", "/proxies", '{"name": "db", "upstream": "h:1"}', 409, "proxy already exists"),
        ("POST", "/proxies", '{"name": "x", "upstream": "h"}', 400, "missing port in address"),
        ("POST", "/proxies", '{"name": "x", "upstream": "h:99999"}', 400, "not a number from 0"),
        ("POST", "/proxies", '{"name":"x","upstream":"h:1","listen":"192.0.2.1:1"}', 500, "listen"),
        ("GET", "/proxies/x", None, 404, "proxy not found"),
        ("DELETE", "/proxies/x", None, 404, "proxy not found"),
        ("POST", "/proxies/db", '{"enabled": 1}', 400, "enabled is 1"),
        ("GET", "/proxies/db/toxics/x", None, 404, "toxic not found"),
        ("POST", "/proxies/x/toxics", "{}", 404, "proxy not found"),
        ("POST", "/proxies/db/toxics", "{}", 400, "invalid toxic type"),
        ("POST", "/proxies/db/toxics", '{"type": "down"}', 400, "invalid toxic type"),
        ("POST", "/proxies/db/toxics", '{"type": "latency"}', 409, "toxic already exists"),
        ("POST", "/proxies/db/toxics", '{"type": "timeout", "stream": "x"}', 400, "stream was inv"),
        ("POST", "/proxies/db/toxics", '{"type": "timeout", "toxicity": 2}', 400, "toxicity is 2"),
        ("POST", "/proxies/db/toxics", '{"type":"timeout","attributes":[]}', 400, "attributes are"),
        ("POST", "/populate", "{}", 400, "bad request body"),
        ("PUT", "/proxies", None, 405, "method not allowed: PUT /proxies"),
        ("GET", "/nowhere", None, 404, "page not found: /nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_toxiproxys_form_with_a_fix(
    server: Server, method: str, path: str, body: str | None, status: int, error: str
) -> None:
    server.ask("POST", "/proxies", {"name": "db", "upstream": "127.0.0.1:1"})
    server.ask("POST", "/proxies/db/toxics", {"type": "latency"})
    seen, headers, answer = server.raw(method, path, body)
    given = json.loads(answer)
    assert (seen, given["status"]) == (status, status)
    assert error in given["error"]
    assert given["title"] == given["error"]
    assert given["fix"]
    assert headers["Content-Type"] == "application/json"
    assert server.ask("GET", "/proxies")[0] == 200


def test_names_may_have_letters_that_paths_escape(server: Server, echo: str) -> None:
    server.ask("POST", "/proxies", {"name": "a b/ü", "upstream": echo})
    assert server.ask("GET", "/proxies/a%20b%2F%C3%BC")[1]["name"] == "a b/ü"


def test_version_and_metrics_are_there(server: Server, echo: str, eventually: Any) -> None:
    assert server.ask("GET", "/version")[1]["version"].startswith("2.")
    made = server.ask("POST", "/proxies", {"name": "db", "upstream": echo})[1]
    with connect(made["listen"]) as client:
        client.sendall(b"12345")
        assert client.recv(5) == b"12345"
    line = f'direction="upstream",listener="{made["listen"]}",proxy="db",upstream="{echo}"}} 5'
    eventually(lambda: line in server.raw("GET", "/metrics")[2].decode())


def test_browsers_are_refused(server: Server) -> None:
    assert server.raw("GET", "/proxies", User_Agent="Mozilla/5.0")[0] == 403


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"POST /proxies HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /proxies HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /proxies HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_garbage_is_answered_and_does_no_harm(server: Server, garbage: bytes) -> None:
    with connect(f"{server.host}:{server.port}") as client:
        client.sendall(garbage)
        head = client.recv(12)
    assert head == b"HTTP/1.1 400"
    assert server.ask("GET", "/_belljar/ready") == (200, {"ready": True})


def test_bodies_may_come_in_chunks_and_connections_stay_open(server: Server, echo: str) -> None:
    body = json.dumps({"name": "db", "upstream": echo}).encode()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    for name, status in (("chunked", 201), ("chunked", 409)):
        connection.request(
            "POST",
            "/proxies",
            iter([body[:7], body[7:]]),
            {"Transfer-Encoding": name},
            encode_chunked=True,
        )
        answer = connection.getresponse()
        assert answer.status == status
        answer.read()
    connection.close()


def test_the_forms_of_toxiproxy_python(server: Server, echo: str) -> None:
    """What its 0.1.1 sends, recorded: POST for everything, every field of a toxic."""
    created = {"upstream": echo, "name": "test", "listen": "127.0.0.1:0", "enabled": True}
    assert server.ask("POST", "/proxies", created)[0] == 201
    toxic = {
        "name": "slow_upstream",
        "type": "latency",
        "stream": "upstream",
        "toxicity": 1.0,
        "attributes": {"latency": 100},
    }
    assert server.ask("POST", "/proxies/test/toxics", toxic)[1]["name"] == "slow_upstream"
    assert [set(one) for one in server.ask("GET", "/proxies/test/toxics")[1]] == [
        {"type", "stream", "name", "toxicity", "attributes"}
    ]
    assert server.ask("POST", "/proxies/test", {"enabled": False})[1]["enabled"] is False
    assert server.ask("POST", "/proxies/test", {"enabled": True})[1]["enabled"] is True
    assert server.ask("POST", "/reset") == (204, None)
    assert server.ask("DELETE", "/proxies/test") == (204, None)


def test_the_forms_of_toxiproxy_node_client(server: Server, echo: str) -> None:
    """What its 4.0 sends, recorded: whole objects back to the server, toxics by POST to their name."""
    body = [{"name": "web", "listen": "localhost:0", "upstream": echo}]
    proxy = server.ask("POST", "/populate", body)[1]["proxies"][0]
    sent_back = {name: proxy[name] for name in ("enabled", "listen", "name", "upstream")}
    assert server.ask("POST", "/proxies/web", sent_back | {"enabled": False})[0] == 200
    toxic = {"attributes": {"rate": 10}, "name": "", "stream": "upstream", "toxicity": 1,
             "type": "bandwidth"}  # fmt: skip
    made = server.ask("POST", "/proxies/web/toxics", toxic)[1]
    assert made["name"] == "bandwidth_upstream"
    made["attributes"]["rate"] = 20
    path = "/proxies/web/toxics/bandwidth_upstream"
    assert server.ask("POST", path, made)[1]["attributes"] == {"rate": 20}


def test_the_journal_says_what_happened_to_whom(server: Server, echo: str) -> None:
    made = server.ask("POST", "/proxies", {"name": "db", "upstream": echo})[1]
    body = {"type": "limit_data", "attributes": {"bytes": 0, "times": 1}}
    server.ask("POST", "/proxies/db/toxics", body)
    with connect(made["listen"]) as client:
        client.sendall(b"x")
        assert client.recv(1) == b""
    toxic = server.ask("GET", "/proxies/db/toxics/limit_data_downstream")[1]
    assert (toxic["seen"], toxic["applied"]) == (1, 1)
    events = server.ask("GET", "/_belljar/journal")[1]["db"]
    assert [(event["connection"], event["toxic"]) for event in events] == [
        (1, "limit_data_downstream")
    ]


@pytest.mark.skipif(os.name != "posix", reason="descriptors are inherited on POSIX only")
def test_an_inherited_socket_is_served_and_a_config_file_read(echo: str, tmp_path: Path) -> None:
    config = tmp_path / "proxies.json"
    config.write_text(json.dumps([{"name": "db", "upstream": echo}]))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.set_inheritable(True)
        number = bound.fileno()
        server = Server("--fd", str(number), "--config", str(config), pass_fds=(number,))
        assert server.port == bound.getsockname()[1]
    assert server.said[0].startswith("proxy db listens at 127.0.0.1:")
    assert list(server.ask("GET", "/proxies")[1]) == ["db"]
    server.process.terminate()
    assert server.process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fd", "99"], "--fd is 99"),
        (["--port", "99999"], "give a number from 0 to 65535"),
        (["--port", "0", "--config", "/nowhere/x"], "--config /nowhere/x"),
        (["--port", "0", "--host", "192.0.2.1"], "give an address of this machine"),
    ],
)
def test_a_server_that_cannot_start_says_why(options: list[str], said: str) -> None:
    with pytest.raises(AssertionError) as failed:
        Server(*options)
    assert said in str(failed.value)
    assert "Traceback" not in str(failed.value)
