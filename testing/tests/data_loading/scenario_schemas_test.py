"""Scenarios in schemas as they are: triggers, views, tenants, identities, ranges, rights, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest

from belljar.data.scenarios import BadScenario, load

Rows = Callable[[str], list[tuple[object, ...]]]
Write = Callable[[Mapping[str, str]], Path]

REAL = """
CREATE DOMAIN price AS numeric(12, 2) CHECK (value >= 0);
CREATE TABLE things (
    id int PRIMARY KEY, doc xml, at timestamptz, days date[], span tstzrange, cost price,
    tier tier, tiers tier[], steps int4range, point point
);
CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int DEFAULT 3);
CREATE TABLE filled (id int PRIMARY KEY, v text, loud text NOT NULL CHECK (loud = upper(loud)));
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF new.v = 'bad' THEN RAISE EXCEPTION 'no bad here' USING HINT = 'say good'; END IF;
    new.loud := upper(new.v);
    RETURN new;
END $$;
CREATE TRIGGER fill BEFORE INSERT ON filled FOR EACH ROW EXECUTE FUNCTION fill();
CREATE TABLE days (id int, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE halves (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES pairs MATCH FULL);
CREATE VIEW loud_customers AS SELECT loud FROM customers;
CREATE SCHEMA one; CREATE SCHEMA two;
CREATE TABLE one.items (id int PRIMARY KEY); CREATE TABLE two.items (id int PRIMARY KEY);
CREATE TABLE two.lone (id int PRIMARY KEY);
CREATE TABLE owned (id int PRIMARY KEY, owner text NOT NULL);
ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON owned USING (owner = current_user);
"""


@pytest.fixture
def real(shop: str) -> str:
    with psycopg.connect(shop, autocommit=True) as connection:
        connection.execute(REAL.encode())
    return shop


@pytest.fixture
def guest(real: str) -> str:
    """The URL of a user with few rights and settings of its own."""
    with psycopg.connect(real, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'guest'").fetchone():
            connection.execute("CREATE ROLE guest LOGIN")
        connection.execute("ALTER ROLE guest SET datestyle = 'German, DMY'")
        connection.execute("GRANT SELECT, INSERT ON owned, things TO guest")
    return real.replace("postgres@", "guest@", 1)


@pytest.mark.parametrize(
    ("file", "text", "place", "words", "fix"),
    [
        ("things.csv", "id,doc\n1,<a>\n", ":2:3", "unsupported XML", "doc is xml"),
        ("things.json", '[{"id": 1, "at": "now()"}]', ":1:18", "another moment", "itself"),
        ("things.csv", "id,at\n1,today 10:00\n", ":2:3", "another moment", "itself"),
        ("things.csv", 'id,days\n1,"{2024-01-01,today}"\n', ":2:3", "another moment", "itself"),
        ("things.csv", 'id,span\n1,"[now,infinity)"\n', ":2:3", "another moment", "itself"),
        ("things.csv", 'id,span\n1,"[5,1"\n', ":2:3", "range", "like [2024-05-01T12:00:00Z,"),
        ("things.csv", "id,at\n1,01/02/2024\n", ":2:3", "range", "like 2024-05-31T12:30:00Z"),
        ("things.csv", "id,cost\n1,-1\n", ":2:3", "price_check", "numeric(12,2) CHECK ((VALUE >= "),
        ("things.csv", "id,tier\n1,GOLD\n", ":2:3", "enum tier", "did you mean 'gold'?"),
        ("things.json", '[{"id": 1, "tiers": ["x"]}]', ":1:21", "enum tier", "basic, gold"),
        ("things.json", '[{"id": 1, "steps": [1, 2]}]', ":1:21", "a list for", "as int4range"),
        ("things.json", '[{"id": 1, "point": {}}]', ":1:21", "an object for", "as point"),
        ("things.csv", "id,steps\n1,NULL\n", ":2:3", "malformed", "leave the field empty"),
        ("customers.json", '[{"email": "\\ud800"}]', ":1:12", "\\ud800 is one half", "both"),
        ("halves.csv", "id,a,b\n1,2,\n", ":2:3", "takes no part of a key", "or none"),
        ("days.csv", "id,day\n1,2024-01-01\n2,2029-01-01\n", ":3:1", "partition", "make a part"),
        ("filled.csv", "id,v\n1,good\n2,bad\n", ":3:1", "no bad here", "say good"),
        ("loud_customers.csv", "loud\nA\n", ":1:1", "is a view", "made of"),
        ("CUSTOMERS.csv", "email\na\n", ":1:1", "no table 'CUSTOMERS'", "'customers'"),
        ("lone.csv", "id\n1\n", ":1:1", "no table 'lone'", "did you mean 'two.lone'?"),
        ("items.csv", "id\n1\n", ":1:1", "no table 'items'", "one of: one.items, two.items"),
    ],
)
def test_a_mistake_is_told_with_place_and_fix_and_nothing_is_written(
    real: str, rows: Rows, write: Write, file: str, text: str, place: str, words: str, fix: str
) -> None:
    scenario = write({f"small/{file}": text, "small/bookings.csv": "id\n1\n"})
    with pytest.raises(BadScenario) as caught:
        load(scenario, real)
    (mistake,) = caught.value.mistakes
    assert mistake.place.endswith(f"{file}{place}")
    assert words in mistake.text
    assert fix in mistake.fix
    assert rows("SELECT (SELECT count(*) FROM things), (SELECT count(*) FROM bookings)") == [(0, 0)]


def test_words_of_the_database_are_cut_where_they_hold_the_whole_value(
    real: str, write: Write
) -> None:
    scenario = write({"small/things.csv": f"id\n{'x' * 100_000}\n"})
    with pytest.raises(BadScenario) as caught:
        load(scenario, real)
    assert len(str(caught.value)) < 600


def test_what_a_trigger_fills_may_be_left_out(real: str, rows: Rows, write: Write) -> None:
    load(
        write({"small/filled.json": '[{"id": 1, "v": "a"}, {"id": 2, "v": "b", "loud": null}]'}),
        real,
    )
    assert rows("SELECT v, loud FROM filled WHERE id = 1") == [("a", "A")]


def test_rows_may_leave_everything_to_the_database(real: str, rows: Rows, write: Write) -> None:
    load(write({"small/numbered.json": "[{}, {}]"}), real)
    assert rows("SELECT id, v FROM numbered ORDER BY id") == [(1, 3), (2, 3)]


def test_numbers_that_some_rows_have_are_not_given_to_others(
    real: str, rows: Rows, write: Write
) -> None:
    load(write({"small/numbered.json": '[{}, {"v": null}, {"id": 1}, {"id": 7}]'}), real)
    assert rows("SELECT id, v FROM numbered ORDER BY id") == [(1, 3), (7, 3), (8, 3), (9, None)]


def test_row_level_security_holds_for_who_it_is_for(guest: str, rows: Rows, write: Write) -> None:
    load(write({"own/owned.csv": "id,owner\n1,guest\n"}), guest)
    assert rows("SELECT id FROM owned") == [(1,)]
    with pytest.raises(BadScenario, match="row-level security"):
        load(write({"others/owned.csv": "id,owner\n2,other\n"}), guest)
    assert rows("SELECT count(*) FROM owned") == [(1,)]


def test_a_users_settings_do_not_change_what_a_file_says(
    guest: str, rows: Rows, write: Write
) -> None:
    load(write({"a/things.csv": "id,at\n1,2024-02-03 10:00\n"}), guest)
    assert rows("SELECT at = '2024-02-03T10:00:00Z' FROM things") == [(True,)]
    with pytest.raises(BadScenario, match="03/02/2024"):
        load(write({"b/things.csv": "id,at\n2,03/02/2024\n"}), guest)


def test_a_right_that_is_missing_is_told(guest: str, write: Write) -> None:
    with pytest.raises(BadScenario, match=r"permission denied for table bookings\n  fix: grant"):
        load(write({"a/bookings.csv": "id\n1\n"}), guest)


def test_a_lock_that_another_holds_is_told(real: str, write: Write) -> None:
    scenario = write({"small/bookings.csv": "id\n1\n"})
    with psycopg.connect(real) as holder, psycopg.connect(real, autocommit=True) as waiting:
        holder.execute("LOCK TABLE bookings")
        waiting.execute("SET lock_timeout = '50ms'")
        with pytest.raises(BadScenario, match="lock timeout\n  fix: end the session"):
            load(scenario, waiting)
