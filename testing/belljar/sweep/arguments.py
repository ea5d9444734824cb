"""`add_options`: the options of `pytest --sweep`; importing it costs nothing, for every run does."""

from __future__ import annotations

import pytest

__all__ = ["add_options"]


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options of a sweep."""
    group.addoption(
        "--sweep",
        action="store_true",
        help="run each test again and again, with one of its outside calls going wrong each time",
    )
    texts = {
        "kinds": ("NAME,...", "", "the kinds of faults to keep to; default: all that fit"),
        "boundaries": ("NAME,...", "", "the boundaries to keep to; default: all that are outside"),
        "settle": ("SECONDS", "2", "how long effects are waited for after the test's body (2)"),
        "limit": (
            "SECONDS",
            "0",
            "when a test hangs; default: 10 times the recorded run, and 10 s",
        ),
        "out": ("FOLDER", "", "where sweep.html and sweep.json go"),
        "part": ("N/OF", "1/1", "run this share of the cells; `auto/2` takes Bazel's run number"),
    }
    for name, (metavar, default, text) in texts.items():
        group.addoption(f"--sweep-{name}", metavar=metavar, default=default, help=text)
