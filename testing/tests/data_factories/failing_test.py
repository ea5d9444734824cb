"""What a factory's own function raises is told with model, field and the function's line."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, derived, drawn, one, sequence
from belljar.data.factory.making import make
from belljar.data.strategies import strategy_of


@dataclass
class Parcel:
    weight: int
    label: str


@dataclass
class Cart:
    parcel: Parcel


def broken(_: object) -> Any:
    raise KeyError("missing")


LINE = inspect.getsourcelines(broken)[1] + 1
SOURCES = {"derived": derived(broken), "drawn": drawn(broken), "sequence": sequence(broken)}


@pytest.mark.parametrize("name", SOURCES)
def test_a_function_that_raises_is_told_with_model_field_and_line(draw: Draw, name: str) -> None:
    class ParcelFactory(Factory[Parcel]):
        label = SOURCES[name]

    for model, values in ((ParcelFactory, {}), (Parcel, {"label": SOURCES[name]})):
        with pytest.raises(CannotMeet, match=r"Parcel\.label: the function of its") as raised:
            make(draw, model, **values)
        assert f"{name}(...) raises KeyError: 'missing'" in str(raised.value)
        assert f"failing_test.py:{LINE}" in str(raised.value)
        assert isinstance(raised.value.__cause__, KeyError)


def test_it_is_told_once_where_it_happened(draw: Draw) -> None:
    with pytest.raises(CannotMeet) as raised:
        make(draw, Cart, parcel=one(Parcel, weight=drawn(broken)))
    assert str(raised.value).startswith("Parcel.weight: the function")


def test_what_belljar_says_in_a_function_stays_as_it_is(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match="Parcel has no field 'wieght'"):
        make(draw, Parcel, label=derived(lambda row: row.wieght))


@pytest.mark.parametrize("name", SOURCES)
@given(data=st.data())
@settings(max_examples=1)
def test_a_strategy_tells_it_too(name: str, data: Any) -> None:
    with pytest.raises(CannotMeet, match=r"Parcel\.label: the function of its") as raised:
        data.draw(strategy_of(Parcel, label=SOURCES[name]))
    assert isinstance(raised.value.__cause__, KeyError)
