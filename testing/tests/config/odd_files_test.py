"""Files that are none, or have no end, and names that are none: told, and nothing waits for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from belljar.config import Section, TestSettings
from tests.config.conftest import Explain, Mistakes

Put = Callable[[str, str | bytes], Path]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no named pipes among files")


class Needs(Section):
    """A secret that has to be said."""

    key: SecretStr


class NeedsSettings(TestSettings):
    """Settings that can't do without."""

    api: Needs


@posix
@pytest.mark.parametrize("name", ["testing/config/local.toml", ".env", ".env.local"])
def test_a_pipe_in_the_place_of_a_file_is_told_and_not_waited_for(
    mistakes: Mistakes, tmp_path: Path, name: str
) -> None:
    (tmp_path / "testing/config").mkdir(parents=True)
    os.mkfifo(tmp_path / name)
    (mistake,) = mistakes()
    assert (mistake.place, mistake.text) == (name, "is no file")


@posix
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_so_is_one_that_is_named_like_a_secret(
    mistakes: Mistakes, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "secrets").mkdir()
    make(tmp_path / "secrets/api.key")
    found = mistakes(kind=NeedsSettings, secrets_dir="secrets")
    assert str(tmp_path / "secrets/api.key") in found[0].text


def test_two_files_of_one_secret_are_told(mistakes: Mistakes, put: Put) -> None:
    for name in ("api.key", "API__KEY"):
        put(f"secrets/{name}", "planted-1").chmod(0o600)
    (mistake,) = mistakes(kind=NeedsSettings, secrets_dir="secrets")
    assert "mean the same setting" in mistake.text
    assert mistake.fix == "keep one of them"


def test_a_secret_of_megabytes_is_none(mistakes: Mistakes, put: Put, tmp_path: Path) -> None:
    put("key", b"x" * (1 << 20) + b"y").chmod(0o600)
    (mistake,) = mistakes({"TEST__API__KEY": f"file:{tmp_path}/key"}, kind=NeedsSettings)
    assert "more than 1 MiB" in mistake.text


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("file:", "names no file"),
        ("file:~no-such-user-here/key", "no-such-user-here"),
        (f"file:{'x' * 5000}", "can't be read"),
        ("FILE:nowhere", "can't be read"),
        ("env:", "names no variable"),
        ("env:planted=1", "names no variable"),
        ("env:API_SELF", "leads back to itself"),
        ("env:API_EMPTY", "is empty"),
        ("", "is empty"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told(
    mistakes: Mistakes, reference: str, text: str
) -> None:
    environ = {"TEST__API__KEY": reference, "API_SELF": "env:API_SELF", "API_EMPTY": ""}
    (mistake,) = mistakes(environ, kind=NeedsSettings)
    assert text in mistake.text
    assert "planted" not in str(mistake)


def test_a_variable_may_lead_to_a_file(explained: Explain, put: Put) -> None:
    put("key", "planted-1\n").chmod(0o600)
    environ = {"TEST__API__KEY": "env:API_KEY", "API_KEY": "file:key"}
    loaded = explained(environ, kind=NeedsSettings)
    assert loaded.settings.api.key.get_secret_value() == "planted-1"


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "x" * 300, "ci\n", "/etc/x"])
def test_a_name_that_no_profile_can_have_is_told_so(
    mistakes: Mistakes, put: Put, name: str
) -> None:
    put("testing/config/ci.toml", "")
    put("testing/x.toml", "broken [")
    (mistake,) = mistakes(profile=name)
    assert "there is no profile" in mistake.text
    assert "make testing" not in mistake.fix
    assert "\n" not in mistake.fix


def test_a_profile_named_with_its_ending_is_told_its_name(mistakes: Mistakes, put: Put) -> None:
    put("testing/config/ci.toml", "")
    (mistake,) = mistakes(profile="ci.toml")
    assert mistake.fix.startswith("write ci")


def test_a_quote_that_is_never_closed_is_told(mistakes: Mistakes, put: Put) -> None:
    put(".env", "TEST__API__KEY='planted-1\n").chmod(0o600)
    mistake = mistakes(kind=NeedsSettings)[0]
    assert mistake.place == ".env:1"
    assert "quote" in mistake.fix
    assert "planted" not in str(mistake)


def test_a_url_without_a_password_may_stand_in_an_open_env_file(
    explained: Explain, put: Put
) -> None:
    put(".env", "TEST__DATABASE__URL=postgresql://127.0.0.1/orders\n").chmod(0o644)
    assert explained().settings.database.url is not None
