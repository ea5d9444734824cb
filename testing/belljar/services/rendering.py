"""`render`: a node's files, written from their templates with what the graph knows by now."""

from __future__ import annotations

from pathlib import Path

from belljar.services.description import Node
from belljar.services.placeholders import Lookup, expand_template
from belljar.services.references import read_template

__all__ = ["render"]


def render(node: Node, folder: Path, lookup: Lookup) -> None:
    """Write the node's files into the folder, readable by us alone: secrets may be in them."""
    for file, template in node.files.items():
        text = read_template(node, file)
        path = folder / file
        path.touch(mode=0o600)
        path.write_text(
            expand_template(text, f"{node.title}: {template}", lookup), encoding="utf-8"
        )
