"""The fixtures `faker` and `data` give the same test the same data, whatever runs beside or before it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]
Drawn = Callable[[pytest.RunResult], dict[str, str]]


SUITE = """
import pytest

@pytest.fixture
def customer(faker):
    return faker.name()

def show(name, *values):
    print(f"\\n<{name}> = {values!r}")

def test_a(faker, data):
    show("a", faker.name(), faker.unique.email(), data.unique.text("x"), data.random.random(), data.faker.name())

def test_b(customer, faker):
    show("b", customer, faker.date_time(), faker.unique.user_name(), faker.binary(4))

@pytest.mark.parametrize("size", [3, 1, 2])
def test_c(faker, size):
    show(f"c{size}", faker.random.random(), faker.pyset(size, value_types=[int]))

class TestD:
    def test_d(self, request):
        show("d", request.getfixturevalue("faker").name())

def test_e(data):
    show("e", data.unique.integer(0, 2**60), data.draw.child("x").faker.address())
"""
NAMES = {"a", "b", "c1", "c2", "c3", "d", "e"}


def test_order_workers_and_selection_change_nothing(
    run: Run, drawn: Drawn, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = drawn(run(SUITE, "-rA"))
    assert set(first) == NAMES
    assert len(set(first.values())) == len(NAMES)
    reverse = "def pytest_collection_modifyitems(items): items.reverse()\n"
    pytester.makepyfile(reverse=reverse)
    pytester.syspathinsert()
    assert drawn(run("", "-rA", "-p", "reverse")) == first
    assert drawn(run("", "-rA", "-n2")) == first
    assert drawn(run("", "-rA", "-k", "test_c")).items() < first.items()
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("HOME", str(pytester.mkdir("home")))
    assert drawn(run("", "-rA")) == first
    assert not drawn(run("", "-rA", "--data-seed=1")).items() & first.items()


def test_what_another_test_does_to_faker_is_its_own(run: Run, drawn: Drawn) -> None:
    """Methods, arguments, seeds, chance, unique values: also through the Faker of the session."""
    victim = "def test_z(faker): print('\\n<z> =', faker.name(), faker.unique.first_name(), faker.random_int())\n"
    culprit = """
from faker import Faker
from faker.providers import BaseProvider

class Loud(BaseProvider):
    def name(self):
        return "LOUD"

def test_a(faker, _session_faker):
    faker.add_provider(Loud)
    assert faker.name() == "LOUD"
    faker.set_arguments("small", {"min": 1, "max": 1})
    faker.seed_instance(5)
    faker.random = None
    _session_faker.seed_instance(3)
    [_session_faker.unique.first_name() for _ in range(100)]
    Faker.seed(7)

"""
    alone = drawn(run(victim, "-rA"))
    assert drawn(run(culprit + victim, "-rA")) == alone


def test_what_a_team_adds_to_the_sessions_faker_is_there(run: Run) -> None:
    """As Faker's own page says it is done; in another locale, too."""
    run(
        """
import pytest
from faker.providers import BaseProvider

class Pets(BaseProvider):
    def pet(self):
        return self.random_element(["cat", "dog"])

    def sku(self):
        return "theirs"

@pytest.fixture(scope="session", autouse=True)
def pets(_session_faker):
    _session_faker.add_provider(Pets)

def test_pet(faker):
    assert faker.pet() in ("cat", "dog")
    assert faker.sku() == "theirs"
    assert faker.payment_method_id().startswith("pm_card_")

@pytest.mark.locale("de_DE")
def test_german_pet(faker):
    assert faker.pet() in ("cat", "dog")
    assert faker.sku() == "theirs"
"""
    ).assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["function", "session"])
def test_a_teams_own_seed_wins(run: Run, drawn: Drawn, scope: str) -> None:
    """And pytest-randomly's, which is of the session; unique values are each test's own all the same."""
    shown = drawn(
        run(
            f"""
import pytest
@pytest.fixture(scope={scope!r})
def faker_seed(): return 12345
def test_a(faker): print("\\n<a> =", faker.name()); print("<ua> =", faker.unique.name())
def test_b(faker): print("\\n<b> =", faker.name()); print("<ub> =", faker.unique.name())
def test_c():
    from faker import Faker
    fake = Faker()
    fake.seed_instance(12345)
    print("\\n<c> =", fake.name())
""",
            "-rA",
        )
    )
    assert shown["a"] == shown["b"] == shown["c"]
    assert shown["ua"] != shown["ub"]


def test_another_plugins_seed_wins_as_pytest_randomlys(
    run: Run, drawn: Drawn, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        randomly="import pytest\n@pytest.fixture(scope='session')\ndef faker_seed(): return 5\n"
    )
    pytester.syspathinsert()
    text = "def test_a(faker_seed, faker): print('\\n<seed> =', faker_seed)\n"
    arguments = ("-rA", "-p", "belljar.plugin", "-o", "addopts=")
    assert drawn(run(text, "-p", "randomly", *arguments))["seed"] == "5"


def test_a_teams_own_faker_is_left_alone(run: Run) -> None:
    run(
        """
import pytest
@pytest.fixture
def faker(): return "theirs"
def test_a(faker): assert faker == "theirs"
"""
    ).assert_outcomes(passed=1)


def test_the_dates_of_faker_may_be_told_from_the_real_clock(
    run: Run, pytester: pytest.Pytester
) -> None:
    text = """
import datetime
def test_a(faker, data):
    now = datetime.datetime.now(datetime.timezone.utc)
    for fake in (faker, data.faker):
        assert (fake.date_this_year().year == now.year) is {real}
    assert data.draw.now.year == 2025
"""
    run(text.format(real=False)).assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nbelljar_data_clock = real\n")
    run(text.format(real=True)).assert_outcomes(passed=1)
    pytester.makeini("[pytest]\nbelljar_data_clock = wall\n")
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*belljar_data_clock: 'wall' is no clock", "  valid: constant, real"]
    )


def test_a_mistake_is_told_with_its_line_and_without_a_trace(run: Run) -> None:
    result = run("def test_a(faker):\n    [faker.unique.boolean() for _ in range(3)]\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["shop_test.py:2: faker.unique.boolean: boolean has given 2 values*"]
    )
    result.stdout.no_fnmatch_line("*UniquenessException*")
    result.stdout.no_fnmatch_line("*faker_unique.py*")


def test_a_run_without_data_imports_no_faker(run: Run) -> None:
    """Where Faker's own plugin does not; and it says nothing of data."""
    result = run(
        # Faker's own plugin imports it.
        "import sys\ndef test_a(): assert not {'belljar.data.draw', 'belljar.data.fakers'} & set(sys.modules)\n"
        "def test_b(): assert 'faker' not in sys.modules\n",
        "-p",
        "no:faker",
    )
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*data of seed*")
