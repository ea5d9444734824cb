"""The menu of `belljar.mocks.proxy`, and its documentation."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import belljar.mocks.proxy
from belljar.mocks.proxy import errors
from belljar.mocks.proxy.registry import toxic_type, toxic_types

pytestmark = pytest.mark.unit


def test_the_menu_is_sorted_and_complete() -> None:
    """Every public name that is imported is in `__all__`, and the other way round."""
    public = {
        name
        for name, value in vars(belljar.mocks.proxy).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public == set(belljar.mocks.proxy.__all__)
    assert list(belljar.mocks.proxy.__all__) == sorted(belljar.mocks.proxy.__all__)


def test_every_error_is_in_the_tree_and_on_the_menu() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.ProxyError)
        assert name in (errors.__doc__ or "")
        assert name in belljar.mocks.proxy.__all__


def test_toxiproxys_toxics_are_there_with_their_attributes() -> None:
    theirs = {
        "bandwidth": {"rate"},
        "latency": {"latency", "jitter"},
        "limit_data": {"bytes"},
        "reset_peer": {"timeout"},
        "slicer": {"average_size", "size_variation", "delay"},
        "slow_close": {"delay"},
        "timeout": {"timeout"},
    }
    for name, attributes in theirs.items():
        assert {one.name for one in toxic_type(name).attributes} == attributes
    assert set(toxic_types()) == theirs.keys() | {"postgres", "valkey"}


def test_importing_it_needs_no_wheel() -> None:
    """Neither drivers nor pytest: it runs in anybody's process."""
    code = (
        "import sys, belljar.mocks.proxy.main; "
        "sys.exit(any(name in sys.modules for name in ('pytest', 'psycopg', 'valkey', 'httptools')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
