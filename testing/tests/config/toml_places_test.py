"""Every key of a TOML text is found, where it stands."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from belljar.config.toml_places import key_places

TEXT = '''# a comment with [brackets] and = signs
top = 1
"quoted key" = "a # no comment" # one
dotted.inner . 'lit.eral' = """
[not.a.table]
x = 1 \\""" ""end"""

[section] # here
list = [ # there
  1, [2, "]"], { a = 1, "b" = [ { c = 2 } ] },
]
date = 1979-05-27 07:32:00
long = \'\'\'
y = 2
\'\'\'

[[many]]
name = "one"
[many.sub]
key = true
[[many]]
name = "two"
'''


def paths(value: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            found |= paths(each, (*path, str(key)))
    return found


def test_every_key_has_the_line_that_it_stands_in() -> None:
    places = key_places(TEXT)
    assert set(places) == paths(tomllib.loads(TEXT))
    lines = TEXT.split("\n")
    for path, words in {
        ("top",): "top = 1",
        ("quoted key",): '"quoted key"',
        ("dotted", "inner", "lit.eral"): "dotted",
        ("section",): "[section]",
        ("section", "list", "2", "b", "0", "c"): "c = 2",
        ("section", "date"): "date",
        ("section", "long"): "long",
        ("many", "0", "sub", "key"): "key = true",
        ("many", "1", "name"): 'name = "two"',
    }.items():
        line, column = places[path]
        assert lines[line - 1][column - 1 :].startswith(words), path


KEYS = st.text("abc-_ .é\"'#=[]", min_size=1, max_size=4)
LEAVES = st.one_of(st.integers(), st.booleans(), st.text("ab#[]{}=,'\"\n\\ü", max_size=6))
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return basic(value)
    if isinstance(value, list):
        return "[ # first\n" + ",\n".join(written(each) for each in value) + "\n]"
    if isinstance(value, dict):
        inner = ", ".join(f"{basic(key)} = {written(each)}" for key, each in value.items())
        return f"{{ {inner} }}"
    return str(value)


def basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_tomllib_reads_has_its_places(table: dict[str, Any]) -> None:
    text = "".join(f"{basic(key)} = {written(value)}\n" for key, value in table.items())
    assert set(key_places(text)) == paths(tomllib.loads(text))
