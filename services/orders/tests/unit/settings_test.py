"""Settings come from the environment; each mistake is one line that names variable and fix."""

from __future__ import annotations

import pytest
from faker import Faker

from belljar.doubles.environment import Environment
from services.orders.settings import BadSettings, Settings, load_settings

ALONE = {
    "ORDERS_DATABASE_URL": "sqlite://",
    "ORDERS_PAYMENTS": "fake",
    "ORDERS_STORAGE": "fake",
    "ORDERS_EMAILS": "fake",
}


def load(environment: Environment, **variables: str) -> Settings:
    """The settings of a process with these variables, and none of the machine's."""
    environment.update(variables)
    return load_settings()


def mistakes(environment: Environment, **variables: str) -> list[str]:
    """The lines of the error that `variables` cause."""
    with pytest.raises(BadSettings) as caught:
        load(environment, **variables)
    return str(caught.value).splitlines()


def test_a_process_needs_a_database_and_its_neighbours_only(
    environment: Environment,
) -> None:
    """Everything else has a default."""
    settings = load(environment, **ALONE)
    assert (settings.port, settings.cache_url, settings.socket_fd) == (8000, None, None)


def test_all_mistakes_are_told_at_once(environment: Environment) -> None:
    """Nobody has to start the process three times to learn three things."""
    lines = mistakes(environment, ORDERS_PORT="abc", ORDERS_PAYMENTS="cash", ORDERS_POTR="1")
    assert "ORDERS_POTR is no setting: did you mean ORDERS_PORT?" in lines
    assert (
        "ORDERS_DATABASE_URL is not set and has no default: "
        "set it, such as postgresql://user@host/orders"
    ) in lines
    assert any(line.startswith("ORDERS_EMAILS_HOST is not set, but") for line in lines)
    assert any(line.startswith("ORDERS_PORT 'abc': ") for line in lines)
    assert "ORDERS_PAYMENTS 'cash': input should be 'http' or 'fake'" in lines


def test_a_real_neighbour_needs_its_address(environment: Environment) -> None:
    """The error names the choice that made it necessary, and the way out."""
    lines = mistakes(environment, **{**ALONE, "ORDERS_EMAILS": "smtp"})
    assert lines == [
        "ORDERS_EMAILS_HOST is not set, but ORDERS_EMAILS=smtp needs it: "
        "set it, or set ORDERS_EMAILS=fake to try the service alone"
    ]


def test_a_secret_is_never_shown(environment: Environment) -> None:
    """A URL may hold a password: it is not printed, the fix is."""
    (line,) = mistakes(
        environment, **{**ALONE, "ORDERS_DATABASE_URL": "mysql://root:hunter2@host/x"}
    )
    assert "hunter2" not in line
    assert line.startswith("ORDERS_DATABASE_URL (not shown: it may hold a password): ")
    assert "postgresql://" in line


def test_several_workers_need_neighbours_that_they_share(environment: Environment) -> None:
    """A fake in one worker's memory would be another one than its neighbour's."""
    lines = mistakes(
        environment,
        **{**ALONE, "ORDERS_WORKERS": "2", "ORDERS_EMAILS": "smtp", "ORDERS_EMAILS_HOST": "mail"},
    )
    assert lines == [
        f"ORDERS_{name}=fake lives in the memory of one process, but ORDERS_WORKERS=2 makes "
        f"several: set ORDERS_{name}={kind} and where it is, or one worker"
        for name, kind in (("PAYMENTS", "http"), ("STORAGE", "s3"))
    ]


def test_no_wait_is_endless(environment: Environment) -> None:
    """Zero is no way to say for ever."""
    (line,) = mistakes(environment, **ALONE, ORDERS_DATABASE_TIMEOUT="0")
    assert line == "ORDERS_DATABASE_TIMEOUT '0': input should be greater than 0"


def test_settings_that_are_printed_show_no_secret(environment: Environment, faker: Faker) -> None:
    """Neither keys nor the passwords in URLs, as in a test's failure."""
    secret: str = faker.password(length=24, special_chars=False)
    given = {
        "ORDERS_DATABASE_URL": f"postgresql://orders:{secret}@db/orders",
        "ORDERS_CACHE_URL": f"valkeys://:{secret}@cache",
        "ORDERS_PAYMENTS_API_KEY": secret,
        "ORDERS_STORAGE_SECRET_KEY": secret,
    }
    settings = load(environment, **{**ALONE, **given})
    assert settings.payments_api_key is not None
    assert settings.payments_api_key.get_secret_value() == secret
    assert secret not in f"{settings!r} {settings}"
