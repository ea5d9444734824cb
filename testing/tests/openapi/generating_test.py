"""What is made from a schema is always valid, and the same for the same seed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from belljar.mocks.openapi import BadDocument, NoAnswer, load_document
from belljar.mocks.openapi.document import Document
from tests.openapi.making_documents import answering

NAMES = st.sampled_from(["id", "name", "kind", "size", "next"])


def schemas() -> st.SearchStrategy[Any]:
    """Schemas that some value satisfies, three levels deep, with references back to the whole."""

    @st.composite
    def numbers(draw: st.DrawFn, kind: str) -> dict[str, Any]:
        low = draw(st.integers(-1000, 1000))
        schema: dict[str, Any] = {"type": kind, "minimum": low}
        if draw(st.booleans()):
            schema["maximum"] = low + draw(st.integers(1, 500))
        if draw(st.booleans()):
            schema["exclusiveMinimum"] = schema.pop("minimum") - 1
        if kind == "integer" and "maximum" not in schema and draw(st.booleans()):
            schema["multipleOf"] = draw(st.integers(1, 20))
        return schema

    @st.composite
    def texts(draw: st.DrawFn) -> dict[str, Any]:
        which = draw(st.integers(0, 3))
        if which == 0:
            forms = [
                "date-time",
                "date",
                "uuid",
                "email",
                "uri",
                "ipv4",
                "ipv6",
                "hostname",
                "time",
            ]
            return {"type": "string", "format": draw(st.sampled_from(forms))}
        if which == 1:
            patterns = ["^[A-Z]{2}[0-9]+$", "^(a|bc)*d?$", r"\d{3}-\d{4}", r"^\w+@\w+\.\w{2,3}$"]
            return {"type": "string", "pattern": draw(st.sampled_from(patterns))}
        if which == 2:
            return {"type": "string", "enum": draw(st.lists(st.text(max_size=4), min_size=1))}
        least = draw(st.integers(0, 30))
        return {"type": "string", "minLength": least, "maxLength": least + draw(st.integers(0, 9))}

    plain = st.one_of(
        numbers("integer"),
        numbers("number"),
        texts(),
        st.just({"type": "boolean"}),
        st.just({"type": ["string", "null"]}),
        st.just({"const": 3}),
        st.just({}),
        st.just({"$ref": "#/components/schemas/Loop"}),
    )

    @st.composite
    def objects(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
        properties = draw(st.dictionaries(NAMES, inner, max_size=4))
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        schema["required"] = [name for name in properties if draw(st.booleans())]
        which = draw(st.integers(0, 2))
        if which:
            schema["additionalProperties"] = False if which == 1 else draw(inner)
        return schema

    @st.composite
    def arrays(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
        least = draw(st.integers(0, 3))
        schema = {"type": "array", "items": draw(inner), "minItems": least}
        if draw(st.booleans()):
            schema["maxItems"] = least + draw(st.integers(0, 2))
        return schema

    def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            objects(inner),
            arrays(inner),
            several.map(lambda each: {"anyOf": each}),
            objects(inner).map(lambda each: {"allOf": [{"type": "object"}, each]}),
        )

    return st.recursive(plain, composed, max_leaves=8)


LOOP = {
    "Loop": {
        "type": "object",
        "required": ["next"],
        "properties": {
            "next": {
                "type": ["object", "null"],
                "properties": {"more": {"$ref": "#/components/schemas/Loop"}},
            },
            "all": {"type": "array", "items": {"$ref": "#/components/schemas/Loop"}},
        },
    }
}


def made(document: Document, seed: str) -> Any:
    media = document.operations[0].answers["200"].media["application/json"]
    assert media.schema is not None
    value = document.generator.value(media.schema, seed)
    assert document.validators.violations("it", value, media.schema, "response") == []
    return value


@settings(
    derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(schema=schemas(), seed=st.text(max_size=5))
def test_an_answer_is_always_valid_and_the_same_for_the_same_seed(schema: Any, seed: str) -> None:
    document = load_document(answering(schema, components={"schemas": LOOP}))
    first = made(document, seed)
    again = made(load_document(answering(schema, components={"schemas": LOOP})), seed)
    assert json.dumps(first) == json.dumps(again)


@pytest.mark.parametrize("name", ["petshop.yaml", "modern.json", "tree/tree.yaml"])
def test_every_answer_of_a_document_can_be_made(documents: Path, name: str) -> None:
    document = load_document(documents / name)
    for operation in document.operations:
        for answer in operation.answers.values():
            for media in answer.media.values():
                for seed in map(str, range(20)):
                    assert media.schema is not None
                    value = document.generator.value(media.schema, seed)
                    assert document.validators.valid(value, media.schema, "response")


def test_a_secret_is_not_in_an_answer(documents: Path) -> None:
    document = load_document(documents / "petshop.yaml")
    (get,) = (each for each in document.operations if each.name == "getPet")
    number = get.answers["200"].media["application/json"].schema
    assert number is not None
    pets = [document.generator.value(number, str(seed)) for seed in range(30)]
    assert not any("secret" in pet for pet in pets)
    assert any("weight" in pet for pet in pets)


def test_examples_of_properties_are_taken() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string", "examples": ["x"]}},
    }
    assert made(load_document(answering(schema)), "") == {"a": "x"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "pattern": "^a$", "minLength": 2},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        False,
    ],
)
def test_a_schema_that_nothing_satisfies_is_a_warning_with_its_place(schema: Any) -> None:
    document = load_document(answering(schema))
    assert "no valid answer can be made" in str(document.warnings[0])
    with pytest.raises(NoAnswer, match=re.escape("document#/paths/~1it/get/responses/200")):
        made(document, "")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    schema=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "properties",
                        "items",
                        "allOf",
                        "enum",
                        "required",
                        "$ref",
                        "oneOf",
                        "pattern",
                        "minimum",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=10,
    ),
    old=st.booleans(),
)
def test_whatever_stands_for_a_schema_there_is_a_document_or_an_error(
    schema: Any, old: bool
) -> None:
    try:
        load_document(answering(schema, version="3.0.3" if old else "3.1.0"))
    except BadDocument as error:
        assert error.problems
