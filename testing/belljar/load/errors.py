"""The mistakes that `belljar.load` explains instead of showing a traceback.

LoadError
├── BadScenario    the scenario cannot be found, loaded or used
├── BadThreshold   a threshold does not follow the grammar
├── BadDuration    a duration does not follow the grammar
└── DriverFailed   the process that makes the load ended without a result
"""

from __future__ import annotations

__all__ = ["BadDuration", "BadScenario", "BadThreshold", "DriverFailed", "LoadError"]


class LoadError(Exception):
    """A load test that could not be run as it was asked for; the message says what to change."""


class BadScenario(LoadError):
    """The scenario cannot be found, loaded or used."""


class BadThreshold(LoadError, ValueError):
    """A threshold does not follow the grammar."""


class BadDuration(LoadError, ValueError):
    """A duration does not follow the grammar."""


class DriverFailed(LoadError):
    """The process that makes the load ended without a result."""
