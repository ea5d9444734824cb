"""Secrets come from variables, files and the keyring, and are told to nobody."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError
from pydantic import AfterValidator, SecretStr

from belljar.config import Section, TestSettings, secret_files
from belljar.redaction import redact
from tests.config.conftest import Explain, Mistakes
from tests.config.shop_settings import ShopSettings

Put = Callable[[str, str | bytes], Path]
PROFILE = "testing/config/local.toml"
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files say nothing on Windows")


class Ring(KeyringBackend):
    """A keyring in memory; its entry `locked` can't be had, and `none` stands for a machine without any."""

    priority = 1
    entries = {("ci/payments", "key"): "from-the-ring"}  # noqa: RUF012  # one for all, as a machine has

    def get_password(self, service: str, username: str) -> str | None:
        if username == "locked":
            raise KeyringLocked("it is locked")
        if username == "none":
            raise NoKeyringError
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(Ring())  # type: ignore[no-untyped-call]  # its base says no types
    yield
    keyring.set_keyring(before)


def key_of(settings: ShopSettings) -> str:
    return settings.payments.api_key.get_secret_value()


def test_a_secret_comes_from_a_variable(explained: Explain) -> None:
    loaded = explained({"TEST__PAYMENTS__API_KEY": "plain-in-env"})
    assert key_of(loaded.settings) == "plain-in-env"
    assert "plain-in-env" not in repr(loaded)
    assert "plain-in-env" not in redact("said plain-in-env")


def test_a_secret_comes_from_another_variable(explained: Explain, put: Put) -> None:
    put(PROFILE, '[payments]\napi_key = "env:PAYMENTS_KEY"\n')
    loaded = explained({"PAYMENTS_KEY": "from-another"})
    assert key_of(loaded.settings) == "from-another"
    assert loaded.kept == {"payments.api_key": "env:PAYMENTS_KEY"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"in-a-file\n", "in-a-file"),
        (b"in-a-file\r\n", "in-a-file"),
        (b"in-a-file", "in-a-file"),
        (b"in-a-file\n\n", "in-a-file\n"),
        (b"\xef\xbb\xbfin-a-file\n", "in-a-file"),
    ],
)
def test_a_secret_comes_from_a_file_without_the_end_of_its_line(
    explained: Explain, put: Put, data: bytes, expected: str
) -> None:
    put("keys/payments", data).chmod(0o600)
    loaded = explained({"TEST__PAYMENTS__API_KEY": "file:keys/payments"})
    assert key_of(loaded.settings) == expected


@pytest.mark.parametrize(
    "name", ["payments.api_key", "payments__api_key", "TEST__PAYMENTS__API_KEY"]
)
def test_a_folder_has_a_file_for_each_secret_and_may_have_others(
    explained: Explain, put: Put, tmp_path: Path, name: str
) -> None:
    """As Docker and Kubernetes mount them; `..data` is Kubernetes' own."""
    put(f"run/{name}", "mounted\n").chmod(0o600)
    put("run/of-another-program", "x")
    put("run/..data/payments.api_key", "x")
    loaded = explained({"BELLJAR_SECRETS_DIR": str(tmp_path / "run")})
    assert key_of(loaded.settings) == "mounted"
    assert loaded.origins["payments.api_key"] == ("secrets", str(tmp_path / "run" / name))


def test_a_folder_of_secrets_that_is_not_there_is_told(mistakes: Mistakes, tmp_path: Path) -> None:
    (mistake,) = mistakes({"BELLJAR_SECRETS_DIR": str(tmp_path / "none")})
    assert "is no folder" in mistake.text


def test_a_file_that_says_it_is_a_setting_and_is_none_is_told(
    mistakes: Mistakes, put: Put, tmp_path: Path
) -> None:
    put("run/TEST__PAYMENTS__API_KYE", "x").chmod(0o600)
    (mistake,) = mistakes(secrets_dir=tmp_path / "run")
    assert mistake.fix == "write payments.api_key"


def test_a_secret_comes_from_the_keyring(explained: Explain, put: Put, ring: None) -> None:
    put(PROFILE, '[payments]\napi_key = "keyring:ci/payments/key"\n')
    assert key_of(explained().settings) == "from-the-ring"


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("ci/payments/other", "has no 'other' of 'ci/payments'"),
        ("ci/locked", "it is locked"),
        ("ci/none", "this machine has no keyring"),
        ("alone", "names no entry"),
        ("", "names no entry"),
    ],
)
def test_a_keyring_that_gives_nothing_is_told(
    mistakes: Mistakes, put: Put, ring: None, entry: str, text: str
) -> None:
    put(PROFILE, f'[payments]\napi_key = "keyring:{entry}"\n')
    (mistake,) = mistakes()
    assert mistake.place == f"{PROFILE}:2:1"
    assert text in mistake.text


def test_without_the_library_a_keyring_is_told_how_to_get_it(
    mistakes: Mistakes, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    put(PROFILE, '[payments]\napi_key = "keyring:a/b"\n')
    (mistake,) = mistakes()
    assert "requirements.in" in mistake.fix


def test_secrets_lie_in_lists_and_tables_too(explained: Explain, put: Put) -> None:
    put("one", "first-token\n").chmod(0o600)
    put("signing", b"\xff\x00raw\n").chmod(0o600)
    put(
        PROFILE,
        '[payments]\ntokens = ["file:one", "env:TWO"]\nby_country = { de = "env:TWO" }\n'
        'signing_key = "file:signing"\n',
    )
    payments = explained({"TWO": "second-token"}).settings.payments
    assert [each.get_secret_value() for each in payments.tokens] == ["first-token", "second-token"]
    assert payments.by_country["de"].get_secret_value() == "second-token"
    assert payments.signing_key.get_secret_value() == b"\xff\x00raw"
    said = redact("first-token second-token")
    assert "first-token" not in said
    assert "second-token" not in said


def test_a_default_is_in_the_code_for_all_to_see(explained: Explain) -> None:
    class Api(Section):
        key: SecretStr = SecretStr("sk_test_wellknown")

    class ApiSettings(TestSettings):
        api: Api = Api()

    assert explained(kind=ApiSettings).settings.api.key.get_secret_value() == "sk_test_wellknown"
    assert redact("with sk_test_wellknown") == "with sk_test_wellknown"


def test_what_a_validator_makes_of_a_secret_is_one_too(explained: Explain) -> None:
    class Api(Section):
        key: Annotated[
            SecretStr, AfterValidator(lambda given: SecretStr(given.get_secret_value()[::-1]))
        ]

    class ApiSettings(TestSettings):
        api: Api

    explained({"TEST__API__KEY": "forwards-7"}, kind=ApiSettings)
    assert "7-sdrawrof" not in redact("7-sdrawrof")


def test_a_text_that_looks_like_a_place_is_taken_as_it_is(explained: Explain) -> None:
    loaded = explained({"TEST__PAYMENTS__API_KEY": "literal:file:x"})
    assert key_of(loaded.settings) == "file:x"


@pytest.mark.parametrize(
    ("environ", "settings", "profile", "where"),
    [
        ({}, (), 'api_key = "in-the-open"', "may not stand in a profile"),
        ({}, (), 'api_key = "literal:in-the-open"', "may not stand in a profile"),
        ({}, (), 'tokens = ["in-the-open"]', "may not stand in a profile"),
        ({}, (), 'by_country = { de = "in-the-open" }', "may not stand in a profile"),
        ({}, ("payments.api_key=in-the-open",), "", "may not stand on a command line"),
        (
            {
                "BELLJAR_TARGET_ENV": json.dumps({"TEST__PAYMENTS__API_KEY": "in-the-open"}),
                "TEST__PAYMENTS__API_KEY": "in-the-open",
            },
            (),
            "",
            "may not stand in a BUILD file",
        ),
    ],
)
def test_a_secret_in_the_open_is_a_mistake_that_does_not_repeat_it(
    mistakes: Mistakes,
    put: Put,
    environ: dict[str, str],
    settings: tuple[str, ...],
    profile: str,
    where: str,
) -> None:
    put(PROFILE, f"[payments]\n{profile}\n")
    (mistake,) = mistakes(environ, settings=settings)
    assert where in mistake.text
    assert "TEST__PAYMENTS__" in mistake.fix
    assert "in-the-open" not in str(mistake)


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("postgresql://tests@db.internal/postgres", False),
        ("postgresql+psycopg://tests@db.internal:5432/postgres?sslmode=require", False),
        ("postgresql://tests:open-sesame@db.internal/postgres", True),
        ("postgresql://db.internal/postgres?password=open-sesame", True),
        ("https://hooks.example.com/x?token=abc", True),
        ("https://abcdef@sentry.example.com/1", True),
    ],
)
def test_a_url_without_a_password_may_stand_in_a_profile(
    explained: Explain, mistakes: Mistakes, put: Put, url: str, refused: bool
) -> None:
    put(PROFILE, f"database.url = '{url}'\n")
    if refused:
        assert "may not stand in a profile" in mistakes()[0].text
    else:
        assert explained().settings.database.url.get_secret_value() == url


def test_the_password_of_a_url_is_a_secret_by_itself(explained: Explain) -> None:
    explained({"TEST__DATABASE__URL": "postgresql://me:pass%2Fword-alone@h/d"})
    for text in ("pass%2Fword-alone", "pass/word-alone"):
        assert text not in redact(f"connecting with {text} failed")


@posix
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666])
def test_a_file_that_everybody_may_read_is_refused_with_the_chmod(
    mistakes: Mistakes, put: Put, tmp_path: Path, mode: int
) -> None:
    path = put("run/payments.api_key", "readable")
    path.chmod(mode)
    fix = f"chmod 600 {path}"
    (mistake,) = mistakes({"TEST__PAYMENTS__API_KEY": f"file:{path}"})
    assert (mistake.fix, f"mode {mode:04o}" in mistake.text) == (fix, True)
    (mistake,) = mistakes(secrets_dir=tmp_path / "run")
    assert mistake.fix == fix
    assert "readable" not in str(mistake)


@posix
def test_a_dotenv_file_with_a_secret_that_everybody_may_read_is_refused(
    explained: Explain, mistakes: Mistakes, put: Put
) -> None:
    path = put(".env", "TEST__PAYMENTS__API_KEY=in-dotenv\nTEST__SHOP__OPEN=0\n")
    path.chmod(0o644)
    (mistake,) = mistakes()
    assert (mistake.place, mistake.fix) == (".env:1", f"chmod 600 {path}")
    path.chmod(0o640)
    assert key_of(explained().settings) == "in-dotenv"
    path.write_text("TEST__SHOP__OPEN=0\n")
    path.chmod(0o644)
    assert explained().settings.shop.open is False


@posix
def test_what_a_container_engine_mounts_has_the_mode_that_it_likes(
    explained: Explain, put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The folder is a mount of its own; here another that is one stands for it."""
    path = put("key", "mounted-here")
    path.chmod(0o444)
    monkeypatch.setattr(secret_files, "_MOUNTED", (tmp_path,))
    monkeypatch.setattr(os.path, "ismount", lambda place: Path(place) == tmp_path)
    assert key_of(explained({"TEST__PAYMENTS__API_KEY": f"file:{path}"}).settings) == "mounted-here"


@posix
def test_on_windows_no_mode_is_looked_at(
    explained: Explain, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put("key", "on-windows")
    path.chmod(0o644)
    monkeypatch.setattr(secret_files, "MODES", False)
    assert key_of(explained({"TEST__PAYMENTS__API_KEY": f"file:{path}"}).settings) == "on-windows"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("file:none", "can't be read: No such file or directory"),
        ("file:.", "is a folder"),
        ("file:empty", "is empty"),
        ("file:binary", "is not UTF-8"),
        ("env:NOT_SET", "the variable NOT_SET is not set"),
        ("env:EMPTY", "the variable EMPTY is empty"),
    ],
)
def test_a_place_that_has_no_secret_is_told(
    mistakes: Mistakes, put: Put, reference: str, text: str
) -> None:
    put("empty", "\n").chmod(0o600)
    put("binary", b"\xff\xff").chmod(0o600)
    (mistake,) = mistakes({"TEST__PAYMENTS__API_KEY": reference, "EMPTY": ""})
    assert mistake.text.startswith("payments.api_key: ")
    assert text in mistake.text


def test_under_bazel_a_missing_variable_says_how_it_gets_into_the_test(mistakes: Mistakes) -> None:
    environ = {"TEST_SRCDIR": "/x", "TEST_TARGET": "//a:b", "TEST__PAYMENTS__API_KEY": "env:KEY"}
    (mistake,) = mistakes(environ)
    assert mistake.fix == 'name it in the target: env_inherit = ["KEY"], and set it'
    (mistake,) = mistakes(environ | {"BELLJAR_ENV_INHERIT": "OTHER,KEY"})
    assert "--test_env=KEY" in mistake.fix
