"""Files and names as people leave them: endings, links, words of Python, functions that don't fit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from belljar.data.scenarios import BadScenario, load
from belljar.data.scenarios.targets import BadTarget

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def into(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "team.db") as connection:
        connection.executescript(
            "CREATE TABLE team (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size REAL);"
            "CREATE VIEW names AS SELECT name FROM team;"
        )
    connection.close()
    return f"sqlite:///{tmp_path / 'team.db'}"


def said(scenario: object, into: str) -> str:
    """The one mistake that loading tells; nothing is written."""
    with pytest.raises(BadScenario) as caught:
        load(scenario, into)  # type: ignore[arg-type]  # what people write
    (mistake,) = caught.value.mistakes
    with sqlite3.connect(into.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM team").fetchone() == (0,)
    connection.close()
    return str(mistake)


def test_endings_may_be_in_capitals(into: str, write: Write) -> None:
    assert load(write({"a/team.CSV": "name\nAda\n"}), into).total == 1
    assert load(write({"b/team.JSON": '[{"name": "Ada"}]'}), into).total == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '[{"size": NaN}]',
            ":1:11: this is no JSON: NaN is Python's word\n  fix: write it as a te",
        ),
        ('[{"name": "a\tb"}]', "Invalid control character\n  fix: write it as"),
        ('[{"name": nul}]', ":1:11: this is no JSON: Expecting value\n  fix: a value is"),
        ('[{"size": ' + "9" * 5000 + "}]", "too many digits\n  fix: write it as a text"),
        ('[{"name": ' + "[" * 90_000 + "}]", "can be read\n  fix: make it flatter"),
        ('[{"name": "\\ud800"}]', "one half of a character\n  fix:"),
        ('[{"name": "a", "size": "x"}]', "this is no real\n  fix: like 12.5"),
        ('[{"id": 99999999999999999999, "name": "a"}]', "64 bits\n  fix: -9223372036854775808 to"),
        ('[{"name": {}}]', "an object for a column of type TEXT\n  fix: write one value"),
    ],
)
def test_what_is_no_json_is_told_with_its_fix(
    into: str, write: Write, text: str, words: str
) -> None:
    assert words in said(write({"small/team.json": text}) / "team.json", into)


def test_what_can_not_be_read_is_told(into: str, write: Write, tmp_path: Path) -> None:
    folder = write({"small/inner/team.csv": ""}).parent
    assert "small/inner: this is a folder\n  fix:" in said(folder, into)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "team.csv").symlink_to("nowhere.csv")
    assert "no such file or directory\n  fix: mend the link" in said(Path("links"), into)


@pytest.mark.parametrize(
    "name", ["", "/", "a\0b", "x" * 5000, ".", None, 3, b"small", {"team": []}]
)
def test_what_is_no_name_is_told(into: str, write: Write, name: object) -> None:
    write({"scenarios/small/team.csv": "name\nAda\n"})
    told = said(name, into)
    assert "\n  fix: one of: small" in told
    assert len(told) < 300


def test_a_view_is_no_table(into: str, write: Write) -> None:
    assert "names is a view" in said(write({"small/names.csv": "name\nAda\n"}), into)


def test_a_database_that_is_not_there_is_not_made(write: Write, tmp_path: Path) -> None:
    scenario = write({"small/team.csv": "name\nAda\n"})
    with pytest.raises(BadTarget, match="there is no database"):
        load(scenario, f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(BadTarget, match=r"postgresql:// or sqlite:///"):
        load(scenario, str(tmp_path / "team.db"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("async def go(data): ...", "go.py:1:1: go is async, and a scenario's function is not"),
        ("async def go(data):\n    yield", "go is async"),
        ("\ndef go(): ...", "go.py:2:1: go() can't be called with data: too many positional"),
        (
            "def go(data, more): ...",
            "missing a required argument: 'more'\n  fix: write def go(data)",
        ),
        ("def go(data):\n    raise ValueError('x')", "go.py:2:1: ValueError: x\n  fix: mend that"),
        (
            "import sys\ndef go(data):\n    sys.exit(3)",
            "go.py:3:1: SystemExit: 3\n  fix: mend that",
        ),
        ("import no_such_thing\ndef go(data): ...", "go.py:1:1: ModuleNotFoundError: No module"),
        ("def go(data:", "go.py:1:7: SyntaxError: '(' was never closed\n  fix: mend that line"),
        (
            "def go(data):\n    return {'team': [{'name': 'a', 'size': object()}]}",
            "go.py:1:1: team, row 1: size: an object of object has no text of its own\n  fix: give",
        ),
        (
            "def go(data):\n    return {'team': [{'name': 'a', 'size': [go]}]}",
            "an object of function has no text",
        ),
    ],
)
def test_a_function_that_does_not_fit_is_told(
    into: str, write: Write, code: str, words: str
) -> None:
    assert words in said(write({"scenarios/go.py": code}) / "go.py", into)


def test_a_file_with_a_dash_has_a_function_with_an_underscore(into: str, write: Write) -> None:
    code = "def night_shift(data):\n    return {'team': [{'name': 'Ada'}]}"
    day, night = Path("scenarios/day-shift.py"), Path("scenarios/night-shift.py")
    write({str(day): code, str(night): code})
    assert "write def day_shift(data)" in said(day, into)
    assert load(night, into).total == 1
