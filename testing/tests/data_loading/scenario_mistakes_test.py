"""Scenarios that do not fit: every mistake at once, with its place and its fix, and nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from belljar.data.scenarios import BadScenario, check, load

Rows = Callable[[str], list[tuple[object, ...]]]
Write = Callable[[Mapping[str, str]], Path]

CUSTOMERS = "id,email\n1,ada@example.com\n"


def said(scenario: Path, into: str) -> str:
    """What loading says of it."""
    with pytest.raises(BadScenario) as caught:
        load(scenario, into)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "place", "words", "fix"),
    [
        ("custmers.csv", CUSTOMERS, "custmers.csv:1:1", "no table 'custmers'", "'customers'"),
        ("customers.csv", "id,emial\n1,x\n", "customers.csv:1:4", "no column 'emial'", "'email'"),
        ("customers.csv", "id\n1\n", "customers.csv:1:1", "customers.email is missing", "email"),
        ("customers.csv", "email\n\n\nx\n,\n", "customers.csv:5:2", "2 fields", "quote"),
        ("customers.csv", "id,email\n1,\n", "customers.csv:2:3", "may not be NULL", '""'),
        ("customers.csv", "email,loud\nx,Y\n", "customers.csv:1:7", "computed", "leave it out"),
        ("customers.csv", "email,tier\nx,glod\n", "customers.csv:2:3", '"glod"', "'gold'"),
        ("customers.csv", "email,born\nx,2001-02-30\n", "customers.csv:2:3", "range", "2024-05-31"),
        ("customers.csv", "email,born\nx,today\n", "customers.csv:2:3", "another moment", "write"),
        ("customers.csv", "email,meta\nx,{\n", "customers.csv:2:3", "json", "meta is jsonb"),
        ("customers.csv", "email,tags\nx,{a\n", "customers.csv:2:3", "array", "tags is text[]"),
        ("customers.csv", "email,picture\nx,\\x0\n", "customers.csv:2:3", "hexadecimal", "\\x48"),
        ("customers.csv", f"email\n{'x' * 31}\n", "customers.csv:2:1", "too long", "varying(30)"),
        ("customers.csv", "email\na\nb\na\n", "customers.csv:4:1", "customers.csv:2:1", "change"),
        ("customers.csv", "email\na\nA\n", "customers.csv:3:1", "one_address", "change"),
        (
            "customers.csv",
            "id,email,boss\n1,a,7\n",
            "customers.csv:2:5",
            "no such row in customers",
            "add",
        ),
        ("customers.csv", "email,email\na,b\n", "customers.csv:1:7", "second column", "leave"),
        ("customers.csv", "id;email\n1;b\n", "customers.csv:1:1", "semicolons", "commas"),
        ("customers.csv", 'email\n"a\n', "customers.csv:2:1", "never closed", '"'),
        ("customers.csv", 'id,email\n1,a"b\n', "customers.csv:2:4", "middle of a field", "twice"),
        ("customers.csv", 'id,email\n1,"a"b\n', "customers.csv:2:6", "after the closing", "twice"),
        ("customers.csv", "", "customers.csv:1:1", "no header", "line 1"),
        ("customers.yaml", "- 1", "customers.yaml:1:1", "neither CSV nor JSON", "TABLE.csv"),
        ("customers.json", '[{"email": "a", }]', "customers.json:1:17", "double quotes", "rows"),
        ("customers.json", '[{"email": nul}]', "customers.json:1:12", "no JSON", ""),
        ("customers.json", '[{"email": "a"}\n', "customers.json:2:1", "comma or ]", ""),
        ("customers.json", '[{"email": "a",\n "email": "b"}]', "customers.json:2:2", "second", ""),
        ("customers.json", '[{"email": ["a"]}]', "customers.json:1:12", "a list", ""),
        ("customers.json", '[\n{"id": 1}]', "customers.json:2:2", "email is missing", "email"),
        ("customers.json", '[{"email": NaN}]', "customers.json:1:12", "NaN", "NaN"),
        ("all.json", '{"customer": []}', "all.json:1:2", "no table 'customer'", "'customers'"),
        ("orders.json", '[{"customer_id": 3}]', "orders.json:1:18", "no such row", "customers"),
        (
            "all.json",
            '{"customers": [{"id": 1, "email": "a"}],\n'
            ' "orders": [{"customer_id": 1, "low": 2, "high": 1}]}',
            "all.json:2:39",
            "in_order",
            "holds",
        ),
        (
            "all.json",
            '{"customers": [{"email": "a"}],\n "orders": [{"customer_id": 1}]}',
            "all.json:2:29",
            "no such row in customers",
            "leave id to the database",
        ),
    ],
)
def test_a_mistake_is_told_with_place_and_fix(
    shop: str, rows: Rows, write: Write, file: str, text: str, place: str, words: str, fix: str
) -> None:
    folder = write({f"s/{file}": text})
    message = said(folder, shop)
    found = message[message.index(f"s/{place}: ") :]
    assert words in found.partition("\n  fix:")[0]
    assert fix in found
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_all_mistakes_are_told_at_once_by_file_and_line(shop: str, write: Write) -> None:
    folder = write(
        {
            "s/orders.json": '[{"customer_id": 9, "low": "x"}]',
            "s/customers.csv": "id,email,tier\n1,a,glod\n2,,gold\n",
        }
    )
    with pytest.raises(BadScenario, match="4 mistakes; nothing was written") as caught:
        load(folder, shop)
    assert [mistake.place for mistake in caught.value.mistakes] == [
        "s/customers.csv:2:5",
        "s/customers.csv:3:3",
        "s/orders.json:1:18",
        "s/orders.json:1:28",
    ]


def test_what_only_the_database_can_tell_is_told_at_its_row(
    shop: str, rows: Rows, write: Write
) -> None:
    """An exclusion constraint; what was loaded before is not kept."""
    folder = write(
        {
            "s/bookings.csv": 'id,during\n1,"[1,5)"\n2,"[4,9)"\n',
            "s/chickens.json": "[]",
            "s/customers.csv": CUSTOMERS,
        }
    )
    message = said(folder, shop)
    assert "s/bookings.csv:3:1: conflicting key value" in message
    assert "bookings_during_excl holds" in message
    assert rows("SELECT count(*) FROM customers") == [(0,)]


def test_a_byte_that_is_not_utf_8_is_told_with_its_place(shop: str, write: Write) -> None:
    folder = write({"s/customers.csv": CUSTOMERS})
    Path("s/customers.csv").write_bytes(b"email\nok\nJ\xf6rg\n")
    assert "s/customers.csv:3:2: the byte 0xf6 is not UTF-8" in said(folder, shop)


def test_a_row_that_is_in_the_database_already_is_told(shop: str, write: Write) -> None:
    folder = write({"s/customers.csv": CUSTOMERS})
    load(folder, shop)
    assert "customers.csv:2:1: id = '1': the unique key customers_pkey" in said(folder, shop)


def test_an_unknown_scenario_is_told_with_the_nearest(shop: str, write: Write) -> None:
    write({"scenarios/small/customers.csv": CUSTOMERS, "scenarios/large.json": "{}"})
    with pytest.raises(BadScenario, match="no scenario 'smal'\n  fix: did you mean 'small'"):
        load("smal", shop)
    with pytest.raises(BadScenario, match="one of: large, small"):
        load("zebra", shop)


def test_two_scenarios_of_one_name_are_told(shop: str, write: Write) -> None:
    write({"scenarios/small/customers.csv": CUSTOMERS, "scenarios/small.json": "{}"})
    with pytest.raises(BadScenario, match="keep one of them"):
        load("small", shop)


def test_checking_writes_nothing(shop: str, rows: Rows, write: Write) -> None:
    folder = write({"s/customers.csv": CUSTOMERS})
    assert dict(check(folder, shop)) == {"customers": 1}
    assert rows("SELECT count(*) FROM customers") == [(0,)]
