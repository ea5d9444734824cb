"""`how_to_move`: what a person does about a test that is in the wrong layer, by what has put it there.

`place_of` and `line_in` say where it is.
"""

from __future__ import annotations

import os
import sys
import threading
from types import FrameType

import pytest

from belljar.plugin.layers import layering_of, one_of

__all__ = ["how_to_move", "line_in", "place_of"]

Node = pytest.Item | pytest.File
_PYTEST = f"{os.sep}_pytest{os.sep}"
_WHEELS = f"{os.sep}site-packages{os.sep}"


def how_to_move(item: Node, layers: tuple[str, ...]) -> str:
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


def place_of(item: Node) -> str:
    """Gives "FILE:LINE: TEST", as editors know it."""
    if not isinstance(item, pytest.Item):
        return item.nodeid
    file, line, name = item.location
    return f"{file}:{(line or 0) + 1}: {name}"


def line_in(item: Node) -> str:
    """Gives the line of the test's own file that the call comes from, or else that of a fixture; a thread has none."""
    other, in_project = "", f"{item.config.rootpath}{os.sep}"
    inside_pytest = False
    frame: FrameType | None = sys._getframe(3)
    while frame is not None:
        file = frame.f_code.co_filename
        if file == str(item.path):
            return f" in line {frame.f_lineno}"
        inside_pytest |= _PYTEST in file
        if file.startswith(in_project) and not inside_pytest and _WHEELS not in file:
            other = f" in {file.removeprefix(in_project)}:{frame.f_lineno}"
        frame = frame.f_back
    if threading.current_thread() is not threading.main_thread():
        return f" in thread {threading.current_thread().name}"
    return other
