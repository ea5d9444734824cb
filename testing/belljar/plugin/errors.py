"""What a person has set wrongly; `told` has pytest show it without a trace, and end with its usage error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

__all__ = [
    "BadGroupSetting",
    "BadLayerSetting",
    "LayerError",
    "NoSingleLayer",
    "OptionTaken",
    "UnknownOption",
    "told",
]


class LayerError(Exception):
    """Of this plugin."""


class BadLayerSetting(LayerError):
    """A line of an ini option that is about layers is not as it should be."""


class BadGroupSetting(LayerError):
    """A group of fixtures that shall be left out does not exist."""


class NoSingleLayer(LayerError):
    """Tests of a strict suite are in no layer, or in two."""


class OptionTaken(LayerError):
    """An option of a group is another plugin's, or a conftest.py's, as well."""


class UnknownOption(LayerError):
    """An option that is nobody's, and nearly one of ours."""


@contextmanager
def told() -> Iterator[None]:
    """Lets pytest tell of a `LayerError` as of a mistake of its user."""
    try:
        yield
    except LayerError as error:
        raise pytest.UsageError(str(error)) from None
