"""What can't be is refused when a factory is written, or when it is asked; nothing of it is left out in silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pytest

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import (
    Factory,
    derived,
    drawn,
    faked,
    fixed,
    many,
    nothing,
    one,
    one_of,
    sequence,
)
from belljar.data.factory.making import make, make_many

T = TypeVar("T")


@dataclass(frozen=True)
class Label:
    text: str


@dataclass
class Crate:
    code: str
    label: Label
    labels: list[Label]
    inside: Crate | None = None
    kinds: set[Label] = field(default_factory=set)
    row: tuple[Label, ...] = ()


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "no number": (lambda: sequence("user-"), r"'user-' has no number in it"),
    "another name": (lambda: sequence("user-{m}"), r"\{m\}' has no number in it"),
    "no form": (lambda: sequence(3), "3 has no number in it"),  # type: ignore[arg-type]  # a mistake
    "no start": (lambda: sequence("{n}", start="1"), "'1' is no number"),  # type: ignore[arg-type]  # a mistake
    "derived": (lambda: derived("net"), "'net' is no function"),  # type: ignore[arg-type]  # a mistake
    "drawn": (lambda: drawn(3), "3 is no function"),  # type: ignore[arg-type]  # a mistake
    "no method": (lambda: faked(None), "None is no method"),  # type: ignore[arg-type]  # a mistake
    "seed": (lambda: faked("seed_instance", 3), "'seed_instance' is no method"),
    "text": (lambda: many(Label, "3"), "there can't be '3' of them"),  # type: ignore[arg-type]  # a mistake
    "one end": (lambda: many(Label, (1,)), r"there can't be \(1,\) of them"),  # type: ignore[arg-type]  # a mistake
    "minus": (lambda: many(Label, -1), "there can't be -1 of them"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_source_that_can_give_nothing_is_refused_where_it_is_written(name: str) -> None:
    write, words = WRONG[name]
    with pytest.raises(CannotMeet, match=words) as raised:
        write()
    assert "fix:" in str(raised.value)


@pytest.mark.parametrize("count", [-1, None, "3", 1.5, [1]], ids=repr)
def test_a_count_that_is_none_is_told(draw: Draw, count: Any) -> None:
    with pytest.raises(CannotMeet, match=r"make_many: there can't be .* of them"):
        make_many(draw, Label, count)


def test_what_faker_raises_is_told_with_the_method(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match=r"faked\('random_int'\): Faker raises ValueError"):
        make(draw, Label, text=faked("random_int", min=5, max=2))


@pytest.mark.parametrize(
    "function",
    [lambda self: "x", staticmethod(lambda: "x"), property(lambda self: "x")],
    ids=["method", "static", "property"],
)
def test_a_function_called_like_a_field_is_refused(function: Any) -> None:
    with pytest.raises(CannotMeet, match="text: it is a function, and no source"):

        class LabelFactory(Factory[Label]):
            text = function


def test_a_helper_of_another_name_is_left_alone(draw: Draw) -> None:
    class LabelFactory(Factory[Label]):
        text = drawn(lambda draw: LabelFactory.shout("a"))

        @staticmethod
        def shout(text: str) -> str:
            return text.upper()

    assert make(draw, LabelFactory).text == "A"


def test_a_mixin_gives_its_sources(draw: Draw) -> None:
    class Coded:
        code = sequence("C-{n}")

    class CrateFactory(Coded, Factory[Crate]):
        pass

    class Special(CrateFactory):
        code = fixed("special")

    assert make(draw, CrateFactory).code == "C-1"
    assert make(draw, Special).code == "special"


def test_one_of_chooses_among_sources(draw: Draw) -> None:
    source = one_of(sequence("s{n}"), fixed("f"), "plain")
    found = {made.text[0] for made in make_many(draw, Label, 40, text=source)}
    assert found == {"s", "f", "p"}
    assert {made.inside for made in make_many(draw, Crate, 9, inside=one_of(nothing()))} == {None}


def test_objects_come_in_the_collection_that_the_field_names(draw: Draw) -> None:
    made = make(draw, Crate, kinds=many(Label, 2), row=many(Label, 3), labels=many(Label, 1))
    assert (type(made.kinds), len(made.kinds)) == (set, 2)
    assert (type(made.row), len(made.row)) == (tuple, 3)
    assert (type(made.labels), len(made.labels)) == (list, 1)


def test_one_and_many_are_not_confused(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match=r"Crate\.label: it is one object") as raised:
        make(draw, Crate, label=many(Label, 2))
    assert "label = one(Label)" in str(raised.value)
    with pytest.raises(CannotMeet, match=r"Crate\.labels: there are several") as raised:
        make(draw, Crate, labels=one(Label))
    assert "labels = many(Label, 1)" in str(raised.value)


def test_an_object_of_another_model_is_refused(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match=r"Crate\.label: it is of Label, and Crate is something"):
        make(draw, Crate, label=one(Crate))

    class CrateFactory(Factory[Crate]):
        labels = many(Crate, 2)

    with pytest.raises(CannotMeet, match=r"Crate\.labels: it is of Label"):
        make(draw, CrateFactory)


def test_a_factory_that_names_another_one_of_its_model_gets_an_object(draw: Draw) -> None:
    class CrateFactory(Factory[Crate]):
        pass

    class Outer(CrateFactory):
        inside = one(CrateFactory, code="inner")

    made = make(draw, Outer)
    assert made.inside is not None
    assert (made.inside.code, made.inside.inside) == ("inner", None)


def test_a_path_into_an_object_of_the_same_model_makes_one(draw: Draw) -> None:
    made = make(draw, Crate, inside__code="inner")
    assert made.inside is not None
    assert (made.inside.code, made.inside.inside) == ("inner", None)


def test_a_wrong_name_below_is_told_with_the_names_there(draw: Draw) -> None:
    for values in ({"label__txet": "x"}, {"label": one(Label, txet="x")}):
        with pytest.raises(CannotMeet, match=r"Crate\.label: Label has no field 'txet'") as raised:
            make(draw, Crate, **values)
        assert "valid: text" in str(raised.value)
        assert "write 'text'" in str(raised.value)


def test_a_factory_for_no_model_yet_is_told(draw: Draw) -> None:
    class Named(Factory[T], Generic[T]):
        pass

    with pytest.raises(CannotMeet, match="Named does not say which model it is for"):
        make(draw, Named)


@pytest.mark.parametrize("model", [[], {}, [Label]], ids=repr)
def test_what_is_no_model_is_told_whatever_it_is(draw: Draw, model: Any) -> None:
    with pytest.raises(CannotMeet, match="is no model"):
        make(draw, model)
