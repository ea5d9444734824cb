"""Whatever type a setting has: a text says it, its origin is told, and a mistake in it is told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, Json, RootModel, SecretStr
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

from belljar.config import BadSettings, Section, TestSettings
from tests.config.conftest import Explain, Mistakes

Put = Callable[[str, str | bytes], Path]


class Level(Enum):
    """Its values are numbers."""

    LOW = 1
    HIGH = 2


class Pair(NamedTuple):
    """A tuple with names."""

    left: int
    right: str = ""


class Table(TypedDict, total=False):
    """A section that is a dictionary."""

    size: int
    key: SecretStr


@dataclass
class Plain:
    """A section that is a dataclass."""

    size: int = 1


@pydantic_dataclass
class Checked:
    """A section that is a dataclass of pydantic's."""

    size: int = 1


class Numbers(RootModel[dict[str, int]]):
    """A table."""


class Words(RootModel[list[str]]):
    """A list."""


class Inner(Section):
    """A section."""

    size: int = 1


class Renamed(Section):
    """Its keys have other names than its fields."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"), validate_by_name=True
    )

    pool_size: int = 1
    both: int = Field(1, validation_alias=AliasChoices("one", "two"))


class Kinds(TestSettings):
    """Settings of each kind."""

    literal: Literal["a", 1, 2] = "a"
    level: Level = Level.LOW
    wait: timedelta = timedelta(0)
    either: int | Inner = 1
    json_list: Json[list[int]] = Field(default="[]", validate_default=True)
    json_secrets: Json[list[SecretStr]] = Field(default="[]", validate_default=True)
    pair: Pair = Pair(0)
    table: Table = Field(default_factory=lambda: Table())
    plain: Plain = Field(default_factory=Plain)
    checked: Checked = Field(default_factory=Checked)
    numbers: Numbers = Numbers({})
    words: Words = Words([])
    renamed: Renamed = Renamed()
    double__name: int = 1
    sizes: list[int] = Field(default_factory=list)
    inners: list[Inner] = Field(default_factory=list)


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("literal=2", "literal", 2),
        ("level=2", "level", Level.HIGH),
        ("wait=5", "wait", timedelta(seconds=5)),
        ("wait=0.5", "wait", timedelta(seconds=0.5)),
        ("wait=PT5S", "wait", timedelta(seconds=5)),
        ("either=5", "either", 5),
        ("either.size=5", "either.size", 5),
        ("json_list=[1, 2]", "json_list", [1, 2]),
        ('pair=[3, "b"]', "pair", Pair(3, "b")),
        ('pair={"left": 3}', "pair", Pair(3)),
        ("table.size=5", "table.size", 5),
        ("plain.size=5", "plain.size", 5),
        ("checked.size=5", "checked.size", 5),
        ("numbers.a=5", "numbers.a", 5),
        ('words=["a"]', "words", Words(["a"])),
        ("renamed.pool-size=5", "renamed.pool_size", 5),
        ("renamed.pool_size=5", "renamed.pool_size", 5),
        ("renamed.one=5", "renamed.both", 5),
        ("renamed.two=5", "renamed.both", 5),
        ("double__name=5", "double__name", 5),
    ],
)
def test_a_text_says_it_and_its_origin_is_told(
    explained: Explain, setting: str, key: str, value: object
) -> None:
    loaded = explained(kind=Kinds, settings=[setting])
    found = loaded.settings
    for name in key.split("."):
        found = found.root if isinstance(found, Numbers) else found
        found = found[name] if isinstance(found, Mapping) else getattr(found, name)
    assert found == value
    assert loaded.origins[key].layer == "command line"


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("TEST__RENAMED__POOL_SIZE", "renamed.pool_size"),
        ("TEST__RENAMED__POOL-SIZE", "renamed.pool_size"),
        ("TEST__DOUBLE__NAME", "double__name"),
    ],
)
def test_a_variable_says_keys_that_no_shell_could_write(
    explained: Explain, variable: str, key: str
) -> None:
    loaded = explained({variable: "5"}, kind=Kinds)
    assert str(loaded.origins[key]) == variable


def test_of_two_names_of_one_setting_the_higher_layer_counts(explained: Explain) -> None:
    loaded = explained({"TEST__RENAMED__ONE": "2"}, kind=Kinds, settings=["renamed.two=3"])
    assert loaded.settings.renamed.both == 3
    assert [each.value for each in loaded.overridden] == ["2"]


def test_two_names_of_one_setting_in_one_file_are_told(mistakes: Mistakes, put: Put) -> None:
    put("testing/config/local.toml", "[renamed]\none = 1\ntwo = 2\n")
    (mistake,) = mistakes(kind=Kinds)
    assert mistake.place == "testing/config/local.toml:3:1"
    assert "renamed.two and one mean the same setting" in mistake.text


def test_the_fix_of_what_a_list_lacks_names_the_list(mistakes: Mistakes) -> None:
    (mistake,) = mistakes(kind=Kinds, settings=["pair=[]"])
    assert "TEST__PAIR," in mistake.fix


def test_secrets_in_a_text_of_json_are_shown_nowhere(explained: Explain) -> None:
    loaded = explained({"TEST__JSON_SECRETS": '["planted-in-json"]'}, kind=Kinds)
    assert loaded.settings.json_secrets[0].get_secret_value() == "planted-in-json"
    assert "planted" not in repr(loaded)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ('sizes=[1, "x"]', "sizes.1 is a text, 'x', and has to be an integer"),
        ('inners=[{"size": 1}, {"length": 1}]', "inners.1.length is no setting"),
        ('sizes=[1, "x"', "sizes is no JSON: expecting ',' delimiter at character 8"),
        ("table.colour=3", "table.colour is no setting"),
        ("literal=3", "literal is '3': input should be 'a', 1 or 2"),
        ("json_list=[1", "JSON"),
    ],
)
def test_a_mistake_in_it_is_told_once(mistakes: Mistakes, setting: str, text: str) -> None:
    (mistake,) = mistakes(kind=Kinds, settings=[setting])
    assert text in mistake.text


class Addressed(BaseModel):
    """Not of ours."""

    port: int = 80


@pytest.mark.parametrize("kind", [3, "services.orders:Settings", dict, Plain, Addressed()])
def test_what_is_no_settings_class_is_told(explained: Explain, kind: object) -> None:
    with pytest.raises(BadSettings, match="is no settings class"):
        explained(kind=kind)
