"""What a placeholder refers to is there, and what a node was given is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.services import BadDescription, BadPlaceholder, Service
from belljar.services.checking import check_nodes
from belljar.services.references import check_references

PAYMENTS = Service(
    "payments",
    ["server"],
    args=["{fd}", "{fd:.admin}", "{fd:.local}", "{secret:KEY}"],
    ports={"main": "http", "admin": "http", "local": "unix"},
    secrets=["KEY"],
    exports={"token": "t-{port}"},
)
WORKER = Service("worker", ["server"], ports={})
TWO = Service("two", ["server"], args=["{fd:.a}{fd:.b}"], ports={"a": "http", "b": "http"})


def check(**more: object) -> dict[str, str]:
    told: dict[str, object] = {"args": ["{fd}"], "label": "//services/orders:orders"}
    orders = Service("orders", ["server"], **(told | more))  # type: ignore[arg-type]  # by each test
    nodes = check_nodes([orders, PAYMENTS, WORKER, TWO])
    return dict(check_references(orders, nodes))


def test_what_is_told_and_used_is_right() -> None:
    told = {
        "A": "{url:payments} {url:payments.admin} {address:payments.local} {urls:payments}",
        "B": "{secret:payments.KEY} {export:payments.token} {folder} {instance} {name} {host}",
    }
    assert check(deps=["payments"], env=told) == {"main": "fd"}


@pytest.mark.parametrize(
    ("told", "delivery"),
    [
        ({"args": ["{fd}", "{url}"]}, "fd"),
        ({"args": ["{port}"]}, "number"),
        ({"args": [], "env": {"BIND": "{address}"}}, "number"),
        ({"args": [], "ready": {"log": r"on (?P<port>\d+)"}}, "report"),
        ({"args": [], "ready": {"log": r"on (?P<main>\d+)"}}, "report"),
    ],
)
def test_a_port_is_delivered_in_one_way(told: dict[str, object], delivery: str) -> None:
    assert check(**told) == {"main": delivery}


def test_a_port_in_a_file_is_delivered(tmp_path: Path) -> None:
    template = tmp_path / "app.toml.tmpl"
    template.write_text("port = {port}\n")
    assert check(args=["{file:app.toml}"], files={"app.toml": template}) == {"main": "number"}


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ({"env": {"A": "{url:paiments}"}}, "'paiments' is no dep and no database"),
        ({"env": {"A": "{url:worker}"}, "deps": ["worker"]}, "worker has no ports"),
        (
            {"env": {"A": "{url:payments.adm}"}, "deps": ["payments"]},
            "payments has no port 'adm'",
        ),
        (
            {"env": {"A": "{url:two}"}, "deps": ["two"]},
            "two has several ports and none called main",
        ),
        (
            {"env": {"A": "{port:payments.local}"}, "deps": ["payments"]},
            "is a Unix socket, which has no port",
        ),
        (
            {"env": {"A": "{url:payments} {export:payments.key}"}, "deps": ["payments"]},
            "payments has no export 'key'",
        ),
        (
            {"env": {"A": "{secret:payments.PIN}"}, "deps": ["payments"]},
            "payments has no secret 'PIN'",
        ),
        ({"env": {"A": "{secret:PIN}"}}, "has no secret 'PIN'"),
        ({"env": {"A": "{file:app.toml}"}}, "has no file 'app.toml'"),
        ({"exports": {"a": "{fd}"}}, "a socket is inherited by the process alone"),
        ({"env": {"A": "{port:db}"}, "databases": {"db": "valkey"}}, "'db' is a database"),
        ({"deps": ["payments"]}, "deps has payments, whose address it is never told"),
        ({"databases": {"db": "valkey"}}, "databases has 'db', whose URL it is never told"),
        ({"secrets": ["KEY"]}, "secrets has 'KEY', which it is never told"),
        (
            {"files": {"a": Path(__file__).with_name("conftest.py")}},
            "files has 'a', whose path it is never told",
        ),
        ({"args": []}, "port 'main' is delivered in no way"),
        (
            {"args": ["{port}"], "ready": {"log": r"(?P<port>\d+)"}},
            "port 'main' is told with {port} and reported by ready's log",
        ),
    ],
)
def test_a_wrong_reference_is_told_with_the_node_and_the_fix(
    told: dict[str, object], seen: str
) -> None:
    with pytest.raises(BadPlaceholder) as caught:
        check(**told)
    text = str(caught.value)
    assert text.startswith("//services/orders:orders")
    assert seen in text
    assert "\n  fix: " in text


def test_a_dep_without_ports_need_not_be_told() -> None:
    assert check(deps=["worker"]) == {"main": "fd"}


def test_a_database_has_a_url_to_tell() -> None:
    assert check(env={"DB": "{url:db}"}, databases={"db": "valkey"}) == {"main": "fd"}


def test_a_wrong_reference_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    template = tmp_path / "app.toml.tmpl"
    template.write_text("\n[payments]\nurl = '{url:paiments}'\n")
    with pytest.raises(BadPlaceholder, match=r"app\.toml\.tmpl, line 3: \{url:paiments\}"):
        check(args=["{fd}", "{file:app.toml}"], files={"app.toml": template})


def test_a_template_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadDescription, match="can't be read: No such file"):
        check(args=["{fd}", "{file:a}"], files={"a": tmp_path / "a.tmpl"})
