"""What the figures of :data are made with, in small."""

from __future__ import annotations

from pathlib import Path

from data_parts import collisions, collisions_untagged, settings_milliseconds
from data_rows import loads
from data_suites import differing, faker_milliseconds
from settings_load import load_milliseconds


def test_both_sides_load_the_same_number_of_rows() -> None:
    few, ours, orm = loads(500, 100)
    assert (few.rows, ours.rows, orm.rows) == (100, 500, 500)
    assert min(few.seconds, ours.seconds, orm.seconds) > 0


def test_the_same_data_is_drawn_in_each_run(tmp_path: Path) -> None:
    assert set(differing(tmp_path / "same", 4).values()) == {0}


def test_unique_values_do_not_meet_and_those_of_faker_alone_do() -> None:
    assert collisions(500) == 0
    assert collisions_untagged(500) > 50


def test_times_are_taken(tmp_path: Path) -> None:
    assert 0 <= faker_milliseconds(tmp_path / "faker", 5) < 1000
    assert settings_milliseconds(tmp_path, 1) > 0
    assert load_milliseconds(1) > 0
