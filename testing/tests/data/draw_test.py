"""A draw is made of a seed and a name: nothing else shifts it."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import time_machine

from belljar.data import BadLocale, CannotMeet, Data, Draw

PROGRAM = """
from belljar.data import Draw
for locale in ("en_US", "it_IT", "th_TH", ["de_DE", "ja_JP"]):
    draw = Draw(0, "x", locale)
    fake = draw.faker
    print(draw.random.random(), fake.city(), fake.ssn(), fake.date_time(), fake.date_this_year(), fake.profile(),
          fake.unique.email(), fake.binary(8), draw.unique.uuid(), draw.unique.integer(0, 2**60))
"""


def output(**variables: str) -> bytes:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    return subprocess.check_output([sys.executable, "-c", PROGRAM], env=environment, timeout=120)


def test_another_process_zone_home_and_hash_seed_draw_the_same() -> None:
    """Also where Faker itself takes the clock, a set's order or the module `random`."""
    one = output(PYTHONHASHSEED="1", TZ="UTC", PYTHONIOENCODING="utf-8")
    two = output(PYTHONHASHSEED="2", TZ="Asia/Tokyo", HOME="/nowhere", PYTHONIOENCODING="utf-8")
    assert one == two
    assert len(one.splitlines()) == 4


def test_two_names_or_seeds_draw_other_values() -> None:
    values = {Draw(seed, name).random.random() for seed in (0, 1) for name in ("a", "b")}
    assert len(values) == 4


def test_children_never_shift_each_other() -> None:
    alone = Draw(0, "x").child("orders").faker.name()
    draw = Draw(0, "x")
    other = draw.child("customers")
    for _ in range(5):
        other.faker.name()
        other.random.random()
        draw.faker.name()
    assert draw.child("orders").faker.name() == alone
    assert draw.child("orders").key != other.key != draw.key


def test_faker_is_this_draws_own() -> None:
    """Methods that are added to it, arguments and chance are no other's."""
    from faker.providers import BaseProvider

    class Loud(BaseProvider):
        def name(self) -> str:
            return "LOUD"

    before = Draw(0, "x").faker.name()
    fake = Draw(0, "x").faker
    fake.add_provider(Loud)
    fake.set_arguments("low", {"min": 1, "max": 1})
    assert fake.name() == "LOUD"
    assert fake.parse("{{ random_int:low }}") == "1"
    again = Draw(0, "x").faker
    assert again.name() == before
    with pytest.raises(AttributeError, match="argument group"):
        again.parse("{{ random_int:low }}")


def test_fakers_dates_are_told_from_the_draws_instant_and_not_from_the_clock() -> None:
    draw = Draw(0, "x")
    assert draw.now == datetime(2025, 6, 15, 12, tzinfo=UTC)
    fake = draw.faker
    assert fake.date_this_month().isoformat().startswith("2025-06-")
    assert fake.future_datetime() > draw.now.replace(tzinfo=None) > fake.past_datetime()
    assert type(fake.date_time()) is datetime


def test_a_test_that_moves_its_own_clock_gets_dates_told_from_that() -> None:
    with time_machine.travel(datetime(2031, 3, 4, tzinfo=UTC), tick=False):
        assert Draw(0, "x").faker.date_this_month().isoformat().startswith("2031-03-")


def test_other_peoples_fakers_still_see_the_clock() -> None:
    from faker import Faker

    _ = Draw(0, "x").faker.name()
    assert Faker().date_this_year().year == datetime.now(tz=UTC).year


def test_a_locale_that_faker_does_not_know_is_an_error_that_names_near_ones() -> None:
    with pytest.raises(BadLocale, match=r"'de_DD'\n  valid: de_DE, .*\n  fix:   say 'de_DE'"):
        _ = Draw(0, "x", "de_DD").faker
    with pytest.raises(BadLocale, match="'tlh'"):
        _ = Draw(0, "x", ["de_DE", "tlh"]).faker


def test_locales_may_be_said_as_people_write_them() -> None:
    assert Draw(0, "x", "de-AT fr").faker.locales == ["de_AT", "fr_FR"]


def test_data_without_a_test_wants_to_know_where_to_store() -> None:
    with pytest.raises(CannotMeet, match="say into="):
        Data(Draw(0, "x")).create(int)


def test_a_faker_can_be_copied_and_pickled_and_goes_on_where_it_was() -> None:
    from faker.providers import BaseProvider

    fake = Draw(0, "x").faker
    fake.name()
    copies = [copy.deepcopy(fake), pickle.loads(pickle.dumps(fake))]
    names = [[one.name() for _ in range(3)] for one in (fake, *copies)]
    assert names[0] == names[1] == names[2]

    class Loud(BaseProvider):
        def loud(self) -> str:
            return str(self.random_letter()).upper()

    fake.add_provider(Loud)
    assert copy.deepcopy(fake).loud() == fake.loud()
