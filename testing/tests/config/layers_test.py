"""Each layer is above the one before, and the origin of each value is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_settings import BaseSettings, SettingsConfigDict

from belljar.config import TestSettings, load
from tests.config.conftest import Explain

Put = Callable[[str, str], Path]


def test_without_any_layer_there_are_the_defaults(explained: Explain) -> None:
    loaded = explained()
    assert loaded.settings.database.pool_size == 5
    assert loaded.origins["database.pool_size"].layer == "default"


def test_each_layer_is_above_the_one_before_and_says_what_it_overrides(
    explained: Explain, put: Put, tmp_path: Path
) -> None:
    """Six layers say the same key; they are taken away from the top, one by one."""
    put("testing/config/ci.toml", 'extends = "local"\n\n[database]\npool_size = 11\n')
    put("testing/config/local.toml", "[database]\npool_size = 10\n")
    secrets = tmp_path / "secrets"
    put("secrets/database.pool_size", "13\n").chmod(0o600)
    put(".env", "\n# of this machine\nTEST__DATABASE__POOL_SIZE=14\n").chmod(0o600)
    put(".env.ci", "TEST__DATABASE__POOL_SIZE=15\n").chmod(0o600)
    target = {"TEST__DATABASE__POOL_SIZE": "12"}
    environ = {
        "BELLJAR_TARGET_ENV": json.dumps(target),
        "BELLJAR_TARGET": "//services/orders/tests/e2e:checkout_test",
        "TEST__DATABASE__POOL_SIZE": "16",
    }

    def size(*settings: str) -> tuple[int, str]:
        loaded = explained(environ, profile="ci", settings=settings, secrets_dir=secrets)
        return loaded.settings.database.pool_size, str(loaded.origins["database.pool_size"])

    assert size("database.pool_size=17", "database.pool_size=18") == (18, "--setting")
    assert size() == (16, "TEST__DATABASE__POOL_SIZE")
    environ |= target
    assert size() == (15, ".env.ci:1")
    (tmp_path / ".env.ci").unlink()
    assert size() == (14, ".env:3")
    (tmp_path / ".env").unlink()
    assert size() == (13, str(secrets / "database.pool_size"))
    (secrets / "database.pool_size").unlink()
    where = "TEST__DATABASE__POOL_SIZE (//services/orders/tests/e2e:checkout_test, env)"
    assert size() == (12, where)
    environ = {}
    assert size() == (11, "testing/config/ci.toml:4:1")
    put("testing/config/ci.toml", 'extends = "local"\n')
    assert size() == (10, "testing/config/local.toml:2:1")


def test_what_does_not_count_is_known_with_who_put_something_over_it(
    explained: Explain, put: Put
) -> None:
    put("testing/config/local.toml", "[shop]\nopen = false\n")
    loaded = explained({"TEST__SHOP__OPEN": "yes"})
    (lost,) = loaded.overridden
    assert (lost.key, lost.value, str(lost.origin)) == (
        "shop.open",
        False,
        "testing/config/local.toml:2:1",
    )
    assert str(lost.winner) == "TEST__SHOP__OPEN"


def test_sections_and_tables_are_joined_and_lists_are_replaced(
    explained: Explain, put: Put
) -> None:
    put(
        "testing/config/local.toml",
        '[shop]\nlabels = { a = "1", b = "2" }\nregions = [{ name = "north" }, { name = "south" }]\n',
    )
    environ = {"TEST__SHOP__LABELS__B": "3", "TEST__SHOP__REGIONS": '[{"name": "west"}]'}
    shop = explained(
        environ, settings=['shop={"discount": 0.5, "window": {"end": 20}}']
    ).settings.shop
    assert shop.labels == {"a": "1", "b": "3"}
    assert [region.name for region in shop.regions] == ["west"]
    assert (shop.discount, shop.window.start, shop.window.end) == (0.5, 0, 20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("null", "null"), ("", ""), ("5", "5"), ('{"a": 1}', '{"a": 1}'), ("a=b", "a=b"), ("ü", "ü")],
)
def test_a_text_stays_the_text_that_it_is(explained: Explain, text: str, expected: str) -> None:
    assert explained(settings=[f"shop.note={text}"]).settings.shop.note == expected


def test_null_is_nothing_where_nothing_is_allowed_and_a_text_is_not(explained: Explain) -> None:
    assert explained(settings=["shop.shelf=3", "shop.shelf=null"]).settings.shop.shelf is None


def test_variables_mean_the_same_in_any_case(explained: Explain) -> None:
    assert explained({"test__Shop__oPEN": "off"}).settings.shop.open is False


def test_variables_of_bazel_are_no_settings(explained: Explain) -> None:
    explained({"TEST_TMPDIR": "/x", "TEST_SHARD_INDEX": "0", "TEST_ENV": "", "TESTING__A": "1"})


def test_the_section_by_json_gives_way_to_its_keys_by_name(explained: Explain) -> None:
    environ = {"TEST__DATABASE": '{"pool_size": 7}', "TEST__DATABASE__POOL_SIZE": "8"}
    assert explained(environ).settings.database.pool_size == 8
    assert explained({"TEST__DATABASE": '{"pool_size": 7}'}).settings.database.pool_size == 7


def test_the_other_name_of_the_database_gives_way_to_the_setting(explained: Explain) -> None:
    environ = {"BELLJAR_POSTGRES_URL": "postgresql://me@one/a"}
    loaded = explained(environ)
    assert loaded.settings.database.url.get_secret_value() == "postgresql://me@one/a"
    assert str(loaded.origins["database.url"]) == "BELLJAR_POSTGRES_URL"
    environ["TEST__DATABASE__URL"] = "postgresql://me@two/b"
    assert "two" in explained(environ).settings.database.url.get_secret_value()


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ({"profile": "ci"}, {"TEST_ENV": "staging"}, ("ci", "the caller")),
        ({}, {"TEST_ENV": "staging"}, ("staging", "TEST_ENV")),
        ({}, {}, ("local", "the default")),
        ({}, {"TEST_ENV": ""}, ("local", "the default")),
    ],
)
def test_the_profile_is_what_the_nearest_says(
    explained: Explain,
    put: Put,
    arguments: dict[str, str],
    environ: dict[str, str],
    expected: tuple[str, str],
) -> None:
    for name in ("ci", "staging", "local"):
        put(f"testing/config/{name}.toml", "")
    loaded = explained(environ, **arguments)
    assert (loaded.profile, loaded.profile_from) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf[shop]\nopen = false\n",
        b"[shop]\r\nopen = false\r\n",
        b"\xef\xbb\xbf# said\r\nshop.open = false",
    ],
    ids=["BOM", "CRLF", "both"],
)
def test_files_of_windows_are_read(
    explained: Explain, put: Callable[[str, bytes], Path], data: bytes
) -> None:
    put("testing/config/local.toml", data)
    put(".env", b"\xef\xbb\xbfTEST__SHOP__DISCOUNT=0.5\r\nOTHER=1\r\n")
    settings = explained().settings
    assert settings.shop.open is False
    assert settings.shop.discount == 0.5


def test_empty_files_say_nothing(explained: Explain, put: Put) -> None:
    put("testing/config/local.toml", "")
    put(".env", "")
    assert explained().settings.shop.open is True


def test_the_settings_of_a_service_are_read_by_its_prefix() -> None:
    class Service(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="ORDERS_", extra="ignore")
        port: int = 80
        hosts: list[str] = []

    environ = {"ORDERS_PORT": "8080", "ORDERS_HOSTS": '["a", "b"]', "TEST__PORT": "1"}
    settings = load(Service, prefix="ORDERS_", environ=environ)
    assert isinstance(settings, Service)
    assert (settings.port, settings.hosts) == (8080, ["a", "b"])


def test_any_model_will_do(explained: Explain) -> None:
    class Plain(BaseModel):
        size: int

    assert explained(kind=Plain, settings=["size=4"]).settings.size == 4


def test_a_class_that_is_made_by_hand_looks_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE", '{"pool_size": 9}')
    monkeypatch.setenv("TEST__DATABASE__POOL_SIZE", "9")
    assert TestSettings().database.pool_size == 5
    assert dict(TestSettings().origins) == {}


def test_settings_do_not_change(explained: Explain) -> None:
    with pytest.raises(ValueError, match="frozen"):
        explained().settings.database.pool_size = 3


def test_settings_have_their_origins(explained: Explain) -> None:
    settings = explained(settings=["shop.open=false"]).settings
    assert str(settings.origins["shop.open"]) == "--setting"


def test_from_a_folder_below_it_finds_the_root(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("testing/config/local.toml", "[database]\npool_size = 7\n")
    put(".env", "TEST__CACHE__URL=valkey://127.0.0.1:1\n")
    (tmp_path / "services/orders").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "services/orders")
    settings = load(TestSettings, environ={})
    assert settings.database.pool_size == 7
    assert settings.cache.url is not None
    # In Bazel's sandbox only what a target declares counts.
    assert load(environ={"TEST_SRCDIR": "/nowhere"}).database.pool_size == 5
