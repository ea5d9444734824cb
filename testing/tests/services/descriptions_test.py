"""What may be said of services and tasks, and what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.services import (
    BadDescription,
    DependencyCycle,
    DuplicateName,
    Service,
    Task,
    UnknownNode,
)
from belljar.services.checking import check_nodes


def service(name: str = "orders", **more: object) -> Service:
    told: dict[str, object] = {"args": ["{fd}"]}
    return Service(name, ["server"], **(told | more))  # type: ignore[arg-type]  # by each test


def test_nodes_come_after_what_they_need() -> None:
    nodes: list[Service | Task] = [
        service("worker", deps=["orders"], after=["load"]),
        service("orders", deps=["payments"]),
        Task("load", ["loader"], after=["orders"]),
        service("payments"),
    ]
    assert list(check_nodes(nodes)) == ["payments", "orders", "load", "worker"]


def test_two_nodes_of_one_name_are_both_named() -> None:
    nodes = [service(label="//services/orders:orders"), service(label="//other:orders")]
    with pytest.raises(
        DuplicateName, match=r"'orders': //services/orders:orders and //other:orders"
    ):
        check_nodes(nodes)


@pytest.mark.parametrize("nodes", [service(), None, [{"name": "orders"}], "orders"])
def test_what_is_no_list_of_nodes_is_refused(nodes: object) -> None:
    with pytest.raises(BadDescription, match=r"fix: give a list: \[Service"):
        check_nodes(nodes)  # type: ignore[arg-type]  # that is the test


def test_the_same_node_twice_is_one() -> None:
    one = service()
    assert len(check_nodes([one, one])) == 1


def test_an_unknown_need_is_told_with_the_choices() -> None:
    with pytest.raises(UnknownNode, match="orders needs 'paiments'") as caught:
        check_nodes([service(deps=["paiments"]), service("payments")])
    assert "choose one of orders, payments" in str(caught.value)


def test_who_calls_back_is_another_node_and_no_need() -> None:
    nodes = check_nodes([service(callbacks=["payments"]), service("payments", deps=["orders"])])
    assert list(nodes) == ["orders", "payments"]
    for name in ("paiments", "orders"):
        with pytest.raises(UnknownNode, match=f"orders: callbacks has '{name}'") as caught:
            check_nodes([service(callbacks=[name]), service("payments")])
        assert "choose one of payments" in str(caught.value)


def test_a_cycle_is_told_with_the_whole_way_round() -> None:
    nodes = [service("a", deps=["b"]), service("b", after=["c"]), service("c", deps=["a"])]
    with pytest.raises(DependencyCycle, match="a -> b -> c -> a"):
        check_nodes(nodes)


def test_a_node_that_needs_itself_is_a_cycle() -> None:
    with pytest.raises(DependencyCycle, match="orders -> orders"):
        check_nodes([service(deps=["orders"])])


@pytest.mark.parametrize(
    ("wrong", "seen"),
    [
        ({"stop_signal": "SIGNORE"}, "stop_signal 'SIGNORE' is unknown"),
        ({"instances": 0}, "instances is 0"),
        ({"ready_timeout": 0}, "ready_timeout is 0"),
        ({"stop_grace": -1}, "stop_grace is -1"),
        ({"ports": {"ma in": "http"}}, "ports has 'ma in'"),
        ({"ports": {"main": ""}}, "ports has 'main': ''"),
        ({"files": {"../app.toml": "x"}}, "'../app.toml', which is no file name"),
        ({"ready": {}}, "with no condition"),
        ({"ready": {"http": "/", "tcp": "main"}}, "with http and tcp"),
        ({"ready": {"http": "readyz"}}, "http is no path"),
        ({"ready": {"http": "/", "status": "ok"}}, "status 'ok' is none"),
        ({"ready": {"http": "/", "code": 200}}, "'code' is unknown beside 'http'"),
        ({"ready": {"http": "/", "port": "admin"}}, "it has no port 'admin'"),
        ({"ready": {"tcp": "admin"}}, "it has no port 'admin'"),
        ({"ready": {"log": "("}}, "unterminated subpattern"),
        ({"ready": {"log": "(?P<admin>.)"}}, "its group 'admin' is no port"),
        ({"ready": {"command": 3}}, "3 is no command"),
        ({"ready": {"http": "/"}, "ports": {}}, "it has no port to ask"),
        ({"ready": {"http": "/"}, "ports": {"a": "http", "b": "http"}}, "none called main"),
        ({"ready": {"http": "/"}, "ports": {"main": "unix"}}, "is a Unix socket"),
        ({"ready": {"http": "/"}, "ports": {"main": "https"}}, "has https, and it is asked in"),
        ({"exit_codes": 143}, "exit_codes is 143"),
        ({"exit_codes": ["0"]}, "exit_codes is ['0']"),
        ({"ready": {"http": "/a b"}}, "http has what no request can"),
        ({"ready": {"http": "/caf\xe9"}}, "http has what no request can"),
        ({"ready": {"command": "look 'here"}}, "no closing quotation"),
        ({"ready": "/readyz"}, "ready is '/readyz', which is no dict"),
        ({"instances": "3"}, "instances is '3'"),
        ({"instances": 1.5}, "instances is 1.5"),
        ({"ready_timeout": None}, "ready_timeout is None"),
        ({"args": "--fd {fd}"}, "args is a text, '--fd {fd}'"),
        ({"deps": "payments"}, "deps is a text, 'payments'\n  fix: write ['payments']"),
        ({"after": None}, "after is None"),
        ({"args": ["--port", 8000]}, "args has 8000, which is no text"),
        ({"args": [Path("x")]}, "which is no text\n  fix: write 'x'"),
        ({"args": ["a\0b"]}, "args has 'a\\x00b'"),
        ({"env": {"PORT": 8000}}, "env PORT has 8000, which is no text"),
        ({"env": {"A=B": "x"}}, "env has 'A=B', which no variable can be called"),
        ({"env": ["A"]}, "env is ['A']"),
        ({"ports": {"main": 8080}}, "ports main has 8080"),
        ({"databases": {"db": "postgres"}}, "databases has 'db': 'postgres', which is none"),
        ({"databases": {"db": "valkey"}, "deps": ["db"]}, "both a dep and a database"),
    ],
)
def test_a_wrong_value_is_told_with_the_node_and_the_fix(
    wrong: dict[str, object], seen: str
) -> None:
    with pytest.raises(BadDescription) as caught:
        check_nodes([service("orders", **({"label": "//services/orders:orders"} | wrong))])
    text = str(caught.value)
    assert text.startswith("//services/orders:orders")
    assert seen in text
    assert "\n  fix: " in text


@pytest.mark.parametrize("name", ["", "or ders", "a.b", "a{b"])
def test_a_name_that_a_placeholder_cannot_have_is_refused(name: str) -> None:
    with pytest.raises(BadDescription, match="can't be the name of a node"):
        check_nodes([service(name)])


def test_a_command_in_one_text_is_refused() -> None:
    with pytest.raises(BadDescription, match="command is a text"):
        check_nodes([Service("orders", "server --fd 3")])


def test_a_task_without_time_is_refused() -> None:
    with pytest.raises(BadDescription, match="timeout is 0"):
        check_nodes([Task("load", ["loader"], timeout=0)])
