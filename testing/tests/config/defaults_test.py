"""What a class has as a default is a layer, too: who says one key of a section keeps the others of its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest
from pydantic import Field, SecretStr

from belljar.config import Section, TestSettings
from tests.config.conftest import Explain, Mistakes


class Api(Section):
    """What its class says, and what its places say, differ."""

    url: str = "of the class"
    retries: int = 1
    key: SecretStr = SecretStr("of the class")


@dataclass(unsafe_hash=True)
class Window:
    """A section that is a dataclass."""

    start: int = 0
    end: int = 24


class Cat(Section):
    """One kind of pet."""

    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(Section):
    """Another, with other keys."""

    kind: Literal["dog"] = "dog"
    legs: int = 4


class Outer(Section):
    """A section in a section."""

    api: Api = Api(retries=5)
    note: str = ""


class Given(TestSettings):
    """Defaults of each kind."""

    api: Api = Api(retries=9, key=SecretStr("of the place"))
    made: Api = Field(default_factory=lambda: Api(retries=8))
    maybe: Api | None = Api(retries=7)
    nothing: Api | None = None
    by_name: dict[str, Api] = Field(default={"a": Api(retries=6)})
    numbers: dict[str, int] = Field(default={"x": 1})
    window: Window = Window(end=12)  # pydantic copies it
    outer: Outer = Outer(note="outer")
    pet: Cat | Dog = Field(default=Cat(lives=7), discriminator="kind")
    words: list[str] = Field(default=["a", "b"])


@pytest.mark.parametrize(
    ("setting", "key", "kept"),
    [
        ("api.url=x", "api.retries", 9),
        ("made.url=x", "made.retries", 8),
        ("maybe.url=x", "maybe.retries", 7),
        ("nothing.url=x", "nothing.retries", 1),
        ("by_name.a.url=x", "by_name.a.retries", 6),
        ("by_name.b.url=x", "by_name.a.retries", 6),
        ("numbers.y=2", "numbers.x", 1),
        ("window.start=3", "window.end", 12),
        ("outer.api.url=x", "outer.api.retries", 5),
        ("outer.api.url=x", "outer.note", "outer"),
        ("api={}", "api.retries", 9),
        ('api={"url": "x"}', "api.retries", 9),
    ],
)
def test_a_key_of_a_section_leaves_the_rest_of_its_default(
    explained: Explain, setting: str, key: str, kept: object
) -> None:
    loaded = explained(kind=Given, settings=[setting])
    value = loaded.settings
    for name in key.split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    assert value == kept
    assert loaded.origins[key].layer == "default"


def test_a_secret_of_a_default_stays_one(explained: Explain) -> None:
    settings = explained(kind=Given, settings=["api.url=x"]).settings
    assert settings.api.key.get_secret_value() == "of the place"


def test_another_member_of_a_union_takes_nothing_of_the_default(explained: Explain) -> None:
    assert explained(kind=Given, settings=["pet.kind=dog"]).settings.pet == Dog()
    assert explained(kind=Given, settings=["pet.lives=3"]).settings.pet == Cat(lives=3)


def test_a_list_is_replaced(explained: Explain) -> None:
    assert explained(kind=Given, settings=['words=["c"]']).settings.words == ["c"]


class Wrong(TestSettings):
    """Defaults that its own types refuse."""

    number: int = "many"  # type: ignore[assignment]
    secret: SecretStr = SecretStr("planted-default")
    short: str = Field(default="planted", max_length=3)


def test_a_default_that_is_wrong_is_named_with_its_value_and_its_class(mistakes: Mistakes) -> None:
    number, short = mistakes(kind=Wrong)
    assert number.place == short.place == "default of Wrong"
    assert "number is 'many'" in number.text
    assert "mend the default" in number.fix
    assert "planted" in short.text
