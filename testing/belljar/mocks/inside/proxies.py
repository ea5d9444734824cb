"""`go_past_proxies`: keeps a proxy of the machine's environment from being asked for what is inside."""

from __future__ import annotations

import os

import pytest

from belljar.mocks.inside.lines import HOST

__all__ = ["go_past_proxies"]

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def go_past_proxies(request: pytest.FixtureRequest) -> None:
    """Add our address to those that clients reach without a proxy, while the test runs; if there is a proxy."""
    if not any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES):
        return
    patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    for name in ("no_proxy", "NO_PROXY"):
        told = os.environ.get(name, "")
        if HOST not in told:
            patch.setenv(name, f"{told},{HOST}" if told else HOST)
