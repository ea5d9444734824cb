"""Graph files as Bazel writes them, for tests of what reads them: the little server, by many names."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["declare", "node"]

HERE = Path(__file__).parent


def node(name: str, *args: str, **more: object) -> dict[str, Any]:
    """Return a service that is the little server, given its socket."""
    return {
        "label": f"//shop:{name}",
        "name": name,
        "kind": "service",
        "binary": "server",
        "args": ["--fd", "{fd}", *args],
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
        "ready_timeout": 10,
        "stop_signal": "SIGTERM",
        "stop_grace": 3,
        "exit_codes": [0],
        "callbacks": [],
        "timeout": 10,
        **more,
    }


def declare(
    folder: Path, *nodes: dict[str, Any], databases: Mapping[str, Any] | None = None
) -> Path:
    """Write the file of a graph with these nodes, the first one its root, and return it."""
    server = folder / "server"
    server.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "little_server.py"}" "$@"\n')
    server.chmod(0o755)
    graph = folder / "graph.json"
    content = {
        "target": f"//shop:{nodes[0]['name']}.up",
        "roots": [nodes[0]["label"]],
        "nodes": list(nodes),
        "databases": dict(databases or {}),
    }
    graph.write_text(json.dumps(content), encoding="utf-8")
    return graph
