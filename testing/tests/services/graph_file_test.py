"""The file in which Bazel describes a test's graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from belljar.services import BadGraphFile, DuplicateName, Service, Task, read_graph_file

ORDERS: dict[str, Any] = {
    "label": "//services/orders:orders",
    "name": "orders",
    "kind": "service",
    "binary": "services/orders/server",
    "args": ["{fd}"],
    "env": {},
    "ports": {"main": "http"},
    "ready": {"http": "/readyz"},
    "deps": [],
    "after": ["//services/orders:load"],
    "databases": ["//services/orders:cache"],
    "exports": {},
    "secrets": [],
    "files": {"app.toml": "services/orders/app.toml.tmpl"},
    "instances": 2,
    "ready_timeout": 30,
    "stop_signal": "SIGINT",
    "stop_grace": 10,
    "exit_codes": [0, 143],
    "callbacks": ["//services/orders:load"],
    "timeout": 60,
}
LOAD = ORDERS | {
    "label": "//services/orders:load",
    "name": "load",
    "kind": "task",
    "after": [],
    "timeout": 5,
}
GRAPH: dict[str, Any] = {
    "target": "//services/orders/tests:e2e_test",
    "roots": ["//services/orders:orders"],
    "nodes": [LOAD, ORDERS],
    "databases": {
        "//services/orders:cache": {"name": "cache", "kind": "valkey"},
        "//services/orders:db": {
            "name": "db",
            "kind": "sqlite",
            "file": "a",
            "dump": "b",
            "tables": "c",
        },
    },
}


def read(folder: Path, graph: object) -> Any:
    folder.joinpath("graph.json").write_text(json.dumps(graph))
    environ = {
        "BELLJAR_SERVICES": "graph.json",
        "TEST_SRCDIR": str(folder.parent),
        "TEST_WORKSPACE": folder.name,
    }
    return read_graph_file(environ)


def test_nodes_come_with_paths_of_the_runfiles_and_names_for_labels(tmp_path: Path) -> None:
    declared = read(tmp_path, GRAPH)
    load, orders = declared.nodes
    assert isinstance(load, Task)
    assert load.timeout == 5
    assert isinstance(orders, Service)
    assert list(orders.command) == [str(tmp_path / "services/orders/server")]
    assert list(orders.after) == ["load"]
    assert list(orders.callbacks) == ["load"]
    assert orders.files == {"app.toml": tmp_path / "services/orders/app.toml.tmpl"}
    assert orders.databases == {"cache": "valkey"}
    assert (orders.stop_signal, orders.instances) == ("SIGINT", 2)
    assert declared.roots == ("orders",)
    assert declared.database_labels == {
        "cache": "//services/orders:cache",
        "db": "//services/orders:db",
    }


def test_without_a_file_there_is_no_graph() -> None:
    assert read_graph_file({}) is None


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(
        BadGraphFile, match=r"BELLJAR_SERVICES is nowhere\.json, which can't be used"
    ):
        read_graph_file({"BELLJAR_SERVICES": "nowhere.json"})


@pytest.mark.parametrize(
    "wrong",
    [{}, [], GRAPH | {"nodes": [{"label": "//x", "name": "x"}]}, GRAPH | {"roots": ["//nowhere"]}],
)
def test_another_content_is_told_without_a_trace(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(BadGraphFile, match="let the test macros set it"):
        read(tmp_path, wrong)


def test_two_databases_of_one_name_are_both_named(tmp_path: Path) -> None:
    databases = GRAPH["databases"] | {"//other:cache": {"name": "cache", "kind": "valkey"}}
    with pytest.raises(DuplicateName, match="//services/orders:cache and //other:cache"):
        read(tmp_path, GRAPH | {"databases": databases})
