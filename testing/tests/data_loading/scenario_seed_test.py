"""Scenarios as a template's seed: the same bytes each time, and mistakes that fail the build."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest

from belljar.data.scenarios.code_files import read_code
from belljar.data.scenarios.ground import Ground
from belljar.databases import PostgresServer, PostgresTemplate, TemplateNotBuilt
from belljar.databases.recipe import Recipe
from belljar.databases.sqlite_template import SqliteTemplate
from belljar.databases.template import TEMPLATE_DATABASE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no templates there")

Write = Callable[[Mapping[str, str]], Path]

SCHEMA = """
CREATE TABLE customers (id integer PRIMARY KEY, name varchar(20) NOT NULL, born date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers (id));
"""
FILES = {
    "schema.sql": SCHEMA,
    "scenarios/small/orders.json": '[{"id": 1, "customer_id": 7}]',
    "scenarios/small/customers.csv": "id,name,born\n7,Ada,1815-12-10\n",
    "scenarios/small/README.md": "What it is for.",
}
CODE = "def drawn(data):\n    return {'customers': [{'id': 1, 'name': data.faker.first_name()}]}\n"


def test_a_folder_seeds_a_template_with_the_same_bytes_each_time(
    write: Write, tmp_path: Path
) -> None:
    write(FILES)
    made = [
        PostgresTemplate.build(
            migrations=[Path("schema.sql")], seed=Path("scenarios/small"), folder=tmp_path / name
        )
        for name in ("one", "two")
    ]
    assert made[0].archive.read_bytes() == made[1].archive.read_bytes()
    with PostgresServer(template=made[0]) as server:
        url = server.create_database(template=TEMPLATE_DATABASE)
        with psycopg.connect(url) as connection:
            query = (
                "SELECT name, born::text FROM customers JOIN orders ON customer_id = customers.id"
            )
            assert connection.execute(query).fetchall() == [("Ada", "1815-12-10")]


def test_a_mistake_fails_the_build_with_its_place(write: Write, tmp_path: Path) -> None:
    write(FILES | {"scenarios/small/customers.csv": "id,nam\n7,Ada\n"})
    with pytest.raises(TemplateNotBuilt) as caught:
        PostgresTemplate.build(
            migrations=[Path("schema.sql")], seed=Path("scenarios/small"), folder=tmp_path / "t"
        )
    assert "seed failed: " in str(caught.value)
    assert "scenarios/small/customers.csv:1:4: the table customers has no column 'nam'" in str(
        caught.value
    )


@pytest.mark.parametrize("seed", ["scenarios/small", "all.json", "drawn.py"])
def test_sqlite_takes_scenarios_too(write: Write, tmp_path: Path, seed: str) -> None:
    everything = '{"customers": [{"id": 7, "name": "Ada"}], "orders": []}'
    write(FILES | {"all.json": everything, "drawn.py": CODE})
    made = [
        SqliteTemplate.build(
            migrations=[Path("schema.sql")], seed=Path(seed), folder=tmp_path / name
        )
        for name in ("one", "two")
    ]
    assert '"name": "customers", "rows": 1' in made[0].tables.read_text()
    assert made[0].dump.read_bytes() == made[1].dump.read_bytes()


def test_a_mistake_in_a_scenario_of_sqlite_is_told(write: Write, tmp_path: Path) -> None:
    """SQLite itself would take these values."""
    files = {"scenarios/small/orders.json": '[{"id": "x", "customer_id": 7}]'}
    files["scenarios/small/customers.csv"] = f"id,name,born\n7,{'x' * 21},1815-13-10\n"
    write(FILES | files)
    with pytest.raises(TemplateNotBuilt) as caught:
        SqliteTemplate.build(
            migrations=[Path("schema.sql")], seed=Path("scenarios/small"), folder=tmp_path / "t"
        )
    said = str(caught.value)
    assert "customers.csv:2:3: name = 'xxx" in said
    assert "customers.csv:2:25: born = '1815-13-10': this is no date" in said
    assert "orders.json:1:9: id = 'x': this is no integer" in said


def test_what_is_no_scenario_is_told(write: Write) -> None:
    write(FILES | {"a.yaml": "", "b.py": "", "c.csv": ""})
    schema = [Path("schema.sql")]
    for seed in ([Path("a.yaml")], [Path("b.py"), Path("c.csv")]):
        with pytest.raises(TemplateNotBuilt, match="a scenario, for a seed"):
            Recipe.of("postgres", schema, seed)
    with pytest.raises(TemplateNotBuilt, match="a scenario is for a seed"):
        Recipe.of("postgres", [Path("c.csv")])
    assert Recipe.of("postgres", schema, Path("scenarios/small")).seed is not None


@pytest.mark.parametrize("seed", [3, "", [None], {"customers": []}, b"small"])
def test_what_is_no_path_is_told(write: Write, seed: object) -> None:
    write(FILES)
    with pytest.raises(TemplateNotBuilt, match=r"seed: .* is no path; give one, or a list of them"):
        Recipe.of("postgres", "schema.sql", seed)  # type: ignore[arg-type]  # what people write


def test_a_path_may_be_a_text_and_no_seed_none(write: Write) -> None:
    write(FILES)
    recipe = Recipe.of("postgres", "schema.sql", "scenarios/small")
    assert recipe == Recipe.of("postgres", [Path("schema.sql")], Path("scenarios/small"))
    assert Recipe.of("postgres", "schema.sql", None).seed is None  # type: ignore[arg-type]  # a choice
    with pytest.raises(TemplateNotBuilt, match="seed: there is no scenarios/smal"):
        Recipe.of("postgres", "schema.sql", "scenarios/smal")


def test_code_without_the_data_library_is_told(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template's target whose seed is a filegroup brings no Faker by itself."""
    write({"drawn.py": CODE})
    monkeypatch.setitem(sys.modules, "belljar.data.data", None)
    sheets, mistakes = read_code(Path("drawn.py"), None, Ground(None))
    assert sheets == []
    assert mistakes[0].text == "a scenario in code needs belljar.data.data, which is not there"
    assert mistakes[0].fix == "add //testing/belljar/data to the deps"
