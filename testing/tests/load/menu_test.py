"""The menu of `belljar.load`."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import belljar.load

pytestmark = pytest.mark.unit


def test_the_menu_is_sorted_and_complete() -> None:
    """Every public name that is imported is in `__all__`, and the other way round."""
    public = {
        name
        for name, value in vars(belljar.load).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public == set(belljar.load.__all__)
    assert list(belljar.load.__all__) == sorted(belljar.load.__all__)


def test_importing_the_menu_does_not_import_locust() -> None:
    """A process that only wants a `Threshold` does not pay for gevent."""
    code = "import sys, belljar.load; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
