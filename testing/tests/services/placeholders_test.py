"""How placeholders are written in arguments and in the templates of files."""

from __future__ import annotations

import pytest

from belljar.services import BadPlaceholder
from belljar.services.placeholders import (
    VERBS,
    Reference,
    expand,
    expand_template,
    form_of,
    scan,
    scan_template,
)


def told(reference: Reference) -> str:
    return f"<{reference.verb} {reference.name} {reference.part}>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--fd={fd}", "--fd=<fd  >"),
        ("{fd:.admin}", "<fd  admin>"),
        ("{url:payments}/v1", "<url payments >/v1"),
        ("{url:payments.admin}", "<url payments admin>"),
        ("{secret:KEY}", "<secret  KEY>"),
        ("{secret:payments.KEY}", "<secret payments KEY>"),
        ("{file:app.toml}", "<file  app.toml>"),
        ("{export:payments.token}", "<export payments token>"),
        ("{{url}} {name}", "{url} <name  >"),
        ('{{"port": {port}}}', '{"port": <port  >}'),
        ("no placeholder", "no placeholder"),
    ],
)
def test_a_placeholder_is_replaced(text: str, expected: str) -> None:
    assert expand(text, "args", told) == expected


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("{uri:payments}", "{uri:payments} has the unknown verb 'uri'"),
        ("{}", "{} has the unknown verb ''"),
        ("{url:}", "{url:} is incomplete or has too much"),
        ("{url:payments.}", "{url:payments.} is incomplete"),
        ("{urls}", "{urls} is incomplete or has too much"),
        ("{fd:payments}", "{fd:payments} is incomplete or has too much"),
        ("{name:payments}", "{name:payments} is incomplete or has too much"),
        ("{export:payments}", "{export:payments} is incomplete"),
        ("a { b", "a lone { in 'a { b'"),
        ("a } b", "a lone } in 'a } b'"),
    ],
)
def test_a_wrong_one_is_told_with_its_place_and_the_fix(text: str, seen: str) -> None:
    with pytest.raises(BadPlaceholder) as caught:
        scan(text, "orders: env PAYMENTS")
    assert str(caught.value).startswith(f"orders: env PAYMENTS: {seen}")
    assert "fix:" in str(caught.value)


def test_an_unknown_verb_is_told_with_all_that_there_are() -> None:
    with pytest.raises(BadPlaceholder, match=", ".join(sorted(VERBS))):
        scan("{nonsense}", "args")


def test_each_verb_has_a_form_that_can_be_written() -> None:
    for verb in VERBS:
        for form in form_of(verb).replace(" or ", ", ").split(", "):
            assert [found.verb for found in scan(form, "args")] == [verb]


def test_a_template_keeps_every_brace_that_is_no_placeholder() -> None:
    text = '{"a": {b}, "url": "{url:payments}", {{jinja}} {% if %} }{ {uri:x}'
    expected = '{"a": {b}, "url": "<url payments >", {{jinja}} {% if %} }{ {uri:x}'
    assert expand_template(text, "app.toml", told) == expected


def test_a_template_can_say_what_looks_like_a_placeholder() -> None:
    assert expand_template("{{url:payments}} {url:payments}", "x", told) == (
        "{url:payments} <url payments >"
    )
    assert len(scan_template("{{url:payments}} {url:payments}", "x")) == 1


def test_a_placeholder_in_a_template_is_told_with_its_line() -> None:
    with pytest.raises(BadPlaceholder, match=r"app\.toml, line 3: \{fd:orders\} is incomplete"):
        scan_template("\n\nsocket = {fd:orders}\n", "app.toml")
