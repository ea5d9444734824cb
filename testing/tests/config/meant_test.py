"""The fix of a key that is none names the one that was meant, as a whole; and nothing where nothing is near."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from belljar.config import Section, TestSettings
from belljar.config.errors import nearest
from tests.config.conftest import Mistakes


class Payments(Section):
    """A section."""

    url: str = ""
    retries: int = 3
    mount: str = ""
    api_key: SecretStr = SecretStr("")


class Meant(TestSettings):
    """A section, and keys of its own."""

    payments: Payments = Payments()
    x_y: int = 1


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("TEST__DATABASE_POOL_SIZE", "database.pool_size"),
        ("TEST__PAYMENTS_URL", "payments.url"),
        ("TEST__PAYMENTS-URL", "payments.url"),
        ("TEST__PAYMENTS__APIKEY", "payments.api_key"),
        ("TEST__PAYMENTS__API__KEY", "payments.api_key"),
        ("TEST__PAYMENTS___URL", "payments.url"),
        ("TEST__X__Y", "x_y"),
        ("TEST__PAYMENT__URL", "payments.url"),
        ("TEST__PAYMETNS__RETIRES", "payments.retries"),
        ("TEST__PAYMENTS__RETRY", "payments.retries"),
        ("TEST__DATABASE__ULR", "database.url"),
        ("TEST__RETRIES", "payments.retries"),
        ("TEST__CACHE__RETRIES", "payments.retries"),
        ("TEST__TEST__X_Y", "x_y"),
    ],
)
def test_a_variable_that_is_none_is_told_what_was_meant(
    mistakes: Mistakes, variable: str, meant: str
) -> None:
    (mistake,) = mistakes({variable: "1"}, kind=Meant)
    assert mistake.fix == f"write {meant}"


@pytest.mark.parametrize(
    ("option", "meant"),
    [
        ("TEST__X_Y=1", "x_y"),
        ("payments__url=1", "payments.url"),
        ("payments-url=1", "payments.url"),
        ("PAYMENTS.URL=1", "payments.url"),
    ],
)
def test_so_is_an_option(mistakes: Mistakes, option: str, meant: str) -> None:
    (mistake,) = mistakes(kind=Meant, settings=[option])
    assert mistake.fix == f"write {meant}"


@pytest.mark.parametrize("variable", ["TEST__PAYMENTS__TIMEOUT", "TEST__QUEUE__NAME", "TEST__DB"])
def test_nothing_near_is_named_nowhere(mistakes: Mistakes, variable: str) -> None:
    (mistake,) = mistakes({variable: "1"}, kind=Meant)
    assert mistake.fix.startswith("leave it out")


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("timeout", ["mount"], ""),
        ("host", ["port"], ""),
        ("stagng", ["staging", "ci"], "staging"),
        ("CI", ["ci"], "ci"),
        ("retry", ["retries", "entry"], "retries"),
        ("ulr", ["url", "user"], "url"),
        ("poolsize", ["pool_size"], "pool_size"),
    ],
)
def test_near_is_what_a_slip_makes(name: str, known: list[str], meant: str) -> None:
    assert nearest(name, known) == meant


@pytest.mark.parametrize(
    ("toml", "meant"),
    [
        ("extend = 'ci'\n", "extends"),
        ("service = ['orders']\n", "services"),
        ("services = ['orders']\n[order]\nx = 1\n", "orders"),
        ("'payments.url' = 'x'\n", "payments.url without the quotes"),
    ],
)
def test_so_is_what_only_a_profile_has(mistakes: Mistakes, put, toml: str, meant: str) -> None:  # type: ignore[no-untyped-def]
    put("testing/config/local.toml", toml)
    (mistake,) = mistakes(kind=Meant)
    assert f"write {meant}" in mistake.fix


@pytest.mark.parametrize(
    ("option", "shown"), [("payments.api_key:planted-1", "payments.api_key"), ("planted-1", "")]
)
def test_an_option_without_a_value_does_not_show_what_may_be_one(
    mistakes: Mistakes, option: str, shown: str
) -> None:
    (mistake,) = mistakes(kind=Meant, settings=[option])
    assert "planted" not in str(mistake)
    assert shown in str(mistake)


def test_of_thousands_of_mistakes_the_first_are_shown_and_the_rest_counted(
    mistakes: Mistakes,
) -> None:
    from belljar.config import BadSettings

    found = mistakes(kind=Meant, settings=[f"payments.zz{index}q=1" for index in range(300)])
    assert len(found) == 300
    text = str(BadSettings(found))
    assert text.startswith("300 mistakes in the settings")
    assert text.count("is no setting") < 60
    assert "more" in text.splitlines()[-1]
