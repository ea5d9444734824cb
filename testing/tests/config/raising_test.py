"""Whatever a class of a team raises while it is loaded is told as a mistake, and no secret with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, Field, SecretStr, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from belljar.config import TestSettings
from tests.config.conftest import Mistakes

PLANTED = "planted-5ecr3t"


def _runtime(value: SecretStr) -> SecretStr:
    raise RuntimeError(f"no such tenant: {value.get_secret_value()}")


def _look_up(value: SecretStr) -> SecretStr:
    known: dict[str, SecretStr] = {}
    return known[value.get_secret_value()]


def _custom(value: SecretStr) -> SecretStr:
    raise PydanticCustomError("mine", "not {value}", {"value": value.get_secret_value()})


def _silent(value: SecretStr) -> SecretStr:
    raise ValueError


def _divide() -> int:
    return 1 // 0


def _settings(annotation: Any, default: Any = ...) -> Any:
    return create_model("Raising", __base__=TestSettings, key=(annotation, default))


@pytest.mark.parametrize("validator", [_runtime, _look_up, _custom, _silent])
def test_what_a_validator_raises_is_a_mistake_without_the_secret(
    mistakes: Mistakes, validator: Callable[[SecretStr], SecretStr]
) -> None:
    kind = _settings(Annotated[SecretStr, AfterValidator(validator)])
    (mistake,) = mistakes({"TEST__KEY": PLANTED}, kind=kind)
    assert PLANTED not in str(mistake)
    assert not str(mistake).rstrip().endswith(":")


def test_an_exception_is_named_with_its_line_and_the_class(mistakes: Mistakes) -> None:
    kind = _settings(Annotated[SecretStr, AfterValidator(_runtime)])
    (mistake,) = mistakes({"TEST__KEY": PLANTED}, kind=kind)
    assert mistake.place == "Raising"
    assert "RuntimeError" in mistake.text
    assert "raising_test.py:" in mistake.text
    assert "ValueError" in mistake.fix


@pytest.mark.parametrize(
    ("environ", "annotation", "default", "text"),
    [
        ({}, int, Field(default_factory=_divide), "ZeroDivisionError: integer division"),
        (
            {"TEST__KEY": PLANTED},
            Annotated[SecretStr, StringConstraints(pattern="^a")],
            ...,
            "constraint 'pattern'",
        ),
        ({}, "Later", ..., "is not fully defined"),
    ],
)
def test_a_class_that_cannot_be_made_is_told(
    mistakes: Mistakes, environ: dict[str, str], annotation: Any, default: Any, text: str
) -> None:
    (mistake,) = mistakes(environ, kind=_settings(annotation, default))
    assert text in mistake.text
    assert "errors.pydantic.dev" not in mistake.text


@pytest.mark.parametrize("words", ["URL scheme should be http", "JSON input should be string"])
def test_names_in_capitals_stay_so(mistakes: Mistakes, words: str) -> None:
    def refuse(value: str) -> str:
        raise ValueError(words)

    (mistake,) = mistakes(
        {"TEST__KEY": "x"}, kind=_settings(Annotated[str, AfterValidator(refuse)])
    )
    assert words in mistake.text
