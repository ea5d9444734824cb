"""`how_to_move`: what a person does about a test that is in the wrong layer, by what has put it there."""

from __future__ import annotations

import pytest

from belljar.plugin.layers import layering_of, one_of

__all__ = ["how_to_move", "place_of"]


def how_to_move(item: pytest.Item, layers: tuple[str, ...]) -> str:
    """Gives what to change, so that the test is in one of `layers`."""
    to = layers[0]
    steps = []
    for said in layering_of(item.config).said_of(item):
        if said.kind == "marker":
            steps.append(f"make {said.where} @pytest.mark.{to}")
        elif said.kind == "macro":
            steps.append(f"name its file in a py_{to}_test in place of {said.where}")
        else:
            steps.append(f"move it from {said.where} to a folder {to}")
    return f"to move it to {one_of(layers)}: {', and '.join(steps)}"


def place_of(item: pytest.Item) -> str:
    """Gives "FILE:LINE: TEST", as editors know it."""
    file, line, name = item.location
    return f"{file}:{(line or 0) + 1}: {name}"
