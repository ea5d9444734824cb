"""Whatever is wrong is said with its place, the valid keys and the fix: all of it, and no value of a secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.config import BadSettings
from tests.config.conftest import Explain, Mistakes
from tests.config.shop_settings import StrictSettings

Put = Callable[[str, str | bytes], Path]
PROFILE = "testing/config/local.toml"


@pytest.mark.parametrize(
    ("toml", "place", "text", "fix"),
    [
        ("[databse]\npool_size = 5\n", "1:1", "databse is no setting", "write database"),
        ("[database]\npool_siz = 5\n", "2:1", "database.pool_siz is no", "write database.pool_size"),
        ("[database]\nPool_Size = 5\n", "2:1", "database.Pool_Size", "write database.pool_size"),
        ("pool_size = 5\n", "1:1", "pool_size is no setting", "write database.pool_size"),
        ("[shop]\nregions = [\n  { name = 'a' },\n  { nam = '' },\n]\n", "4:5", "shop.regions.1.nam", "regions.1.name"),
        ("[[shop.regions]]\nname = 'a'\n[[shop.regions]]\nnmae = 'b'\n", "4:1", "shop.regions.1.nmae", "name"),
        ("shop.window = { begin = 3 }\n", "1:17", "shop.window.begin is no setting", "leave it out"),
        ("[database]\npool_size = 'many'\n", "2:1", "many', and has to be an integer", "as 5, without quotes; or"),
        ("[database]\npool_size = '5'\n", "2:1", "has to be an integer", "write 5"),
        ("[database]\npool_size = true\n", "2:1", "true or false, True, and has to be an integer", "as 5; or"),
        ("[shop]\nopen = 1\n", "2:1", "an integer, 1, and has to be true or false", "write true or false"),
        ("[database]\npool_size = 0\n", "2:1", "is 0: input should be greater than", "another value there, or"),
        ("database = 5\n", "1:1", "database is a section, and an integer is given", "name one of its keys"),
        ("[shop]\nlabels = { a = 1 }\n", "2:12", "labels.a is 1: input should be a valid string", "write a text"),
        ("[shop]\nopen = false\nopen = true\n", "3:", "is no TOML: cannot overwrite a value", "keep one"),
        ("[shop]\n[shop]\n", "2:", "is no TOML: cannot declare", "keep one"),
        ("[shop]\nopen = maybe\n", "2:8", "is no TOML: invalid value", ""),
        ("[shop]\nopen = 'a", "2", "is no TOML", ""),
        ("a = " + "[" * 5000, "", "is no TOML", ""),
        ("extends = 5\n", "1:1", "extends is no text", 'write extends = "local"'),
        ("extends = 'cii'\n", "1:1", "there is no profile 'cii'", "write ci,"),
        ("extends = 'local'\n", "1:1", "extend each other: local -> local", ""),
    ],
)  # fmt: skip
def test_a_profile_that_is_wrong_is_told_with_line_and_column(
    mistakes: Mistakes, put: Put, toml: str, place: str, text: str, fix: str
) -> None:
    put(PROFILE, toml)
    put("testing/config/ci.toml", "")
    (mistake,) = mistakes()
    assert mistake.place.startswith(f"{PROFILE}:{place}" if place else PROFILE), mistake
    assert text in mistake.text
    assert fix in mistake.fix


@pytest.mark.parametrize(
    ("data", "place", "text"),
    [
        (b"[shop]\nnote = '\xff'\n", f"{PROFILE}:2", "is not UTF-8"),
        ("[shop]\n".encode("utf-16"), f"{PROFILE}:1", "is not UTF-8"),
        (b"a = 1\n\0", f"{PROFILE}:2", "has a NUL"),
    ],
)
def test_a_file_of_another_encoding_is_told(
    mistakes: Mistakes, put: Put, data: bytes, place: str, text: str
) -> None:
    put(PROFILE, data)
    (mistake,) = mistakes()
    assert (mistake.place, text in mistake.text) == (place, True)


def test_a_folder_where_a_file_should_be_is_told(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / PROFILE).mkdir(parents=True)
    (tmp_path / ".env").mkdir()
    assert [each.place for each in mistakes()] == [PROFILE, ".env"]
    assert all("is a folder" in each.text for each in mistakes())


def test_a_file_that_may_not_be_read_is_told_with_the_chmod(
    mistakes: Mistakes, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an exception: for root every file can be read."""
    put(PROFILE, "")

    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    (mistake,) = mistakes()
    assert mistake.fix == f"chmod u+r {PROFILE}"


@pytest.mark.parametrize(
    ("name", "value", "text", "fix"),
    [
        ("TEST__", "x", "names no setting", "TEST__SECTION__KEY"),
        ("TEST__SHOP__", "x", "names no setting", "TEST__SECTION__KEY"),
        ("TEST____SHOP", "x", "names no setting", "TEST__SECTION__KEY"),
        ("TEST__SHOP__OPN", "1", "shop.opn is no setting", "write shop.open"),
        ("TEST__SHOP__OPEN__X", "1", "shop.open is no section", "name shop.open itself"),
        ("TEST__SHOP", "1", "shop is a section", "name one of its keys"),
        ("TEST__SHOP__LABELS", "1", "shop.labels is a table", "write JSON: {...}"),
        ("TEST__SHOP__REGIONS", "a,b", "shop.regions is a list", "write JSON: [...]"),
        ("TEST__SHOP__REGIONS", "[1", "shop.regions is no JSON", ""),
        ("TEST__SHOP", '{"open": true, "open": false}', "it has the key 'open' twice", ""),
        ("TEST__SHOP", '{"opn": true}', "shop.opn is no setting", "write shop.open"),
        ("TEST__SHOP__REGIONS", '[{"nam": ""}]', "shop.regions.0.nam is no setting", "name"),
        ("TEST__SHOP__DISCOUNT", "much", "shop.discount is 'much'", ""),
        ("TEST__SHOP__SHELF", "0", "shop.shelf is '0'", ""),
    ],
)
def test_a_variable_that_is_wrong_is_told_by_its_name(
    mistakes: Mistakes, name: str, value: str, text: str, fix: str
) -> None:
    (mistake,) = mistakes({name: value})
    assert mistake.place == name
    assert text in mistake.text
    assert fix in mistake.fix


def test_variables_that_differ_in_case_alone_are_a_mistake(mistakes: Mistakes) -> None:
    (mistake,) = mistakes({"TEST__SHOP__OPEN": "1", "test__shop__open": "0"})
    assert "differ in case alone" in mistake.text


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("shop.open", "'shop.open' has no value"),
        ("=5", "'' is no key"),
        ("shop..open=1", "'shop..open' is no key"),
        ("shop.Open=1", "shop.Open is no setting"),
        ("shop.open=perhaps", "shop.open is 'perhaps'"),
    ],
)
def test_an_option_that_is_wrong_is_told(mistakes: Mistakes, option: str, text: str) -> None:
    (mistake,) = mistakes(settings=[option])
    assert mistake.place == "--setting"
    assert text in mistake.text


@pytest.mark.parametrize(
    ("lines", "place", "text"),
    [
        ("\n\nTEST__SHOP__OPN=1\n", ".env:3", "shop.opn is no setting"),
        (
            "A=1\nTEST__SHOP__OPEN=1\nTEST__SHOP__OPEN=0\n",
            ".env:3",
            "is said twice; first in .env:2",
        ),
        ("TEST__SHOP__OPEN=1\ntest__shop__open=0\n", ".env:2", "is said twice"),
        ("A=1\nTEST__SHOP__OPEN='1\n", ".env:2", "is no line of a .env file"),
        ("TEST__SHOP__OPEN\n", ".env:1", "has no value"),
    ],
)
def test_a_line_of_a_dotenv_file_that_is_wrong_is_told(
    mistakes: Mistakes, put: Put, lines: str, place: str, text: str
) -> None:
    put(".env", lines)
    (mistake,) = mistakes()
    assert mistake.place == place
    assert text in mistake.text


@pytest.mark.parametrize("name", ["stagign", "../local", "Local", "", "local.toml"])
def test_a_profile_that_is_not_there_is_told_with_those_that_are(
    mistakes: Mistakes, put: Put, name: str
) -> None:
    put("testing/config/staging.toml", "")
    put(PROFILE, "")
    if not name:
        return
    (mistake,) = mistakes({"TEST_ENV": name})
    assert mistake.place == "TEST_ENV"
    assert list(mistake.choices) == ["local", "staging"]


def test_all_mistakes_are_told_at_once(mistakes: Mistakes, put: Put) -> None:
    put("testing/config/ci.toml", "extends = 'local'\n[databse]\npool_size = 5\n")
    put(PROFILE, "[shop\n")
    put(".env", "TEST__SHOP__OPN=1\n")
    environ = {"TEST__SHOP__DISCOUNT": "much", "TEST__": ""}
    found = mistakes(environ, profile="ci", settings=["x", "shop.shelf=0"])
    assert [each.place.partition(":")[0] for each in found] == [
        PROFILE,
        "testing/config/ci.toml",
        "TEST__",
        "--setting",
        ".env",
        "TEST__SHOP__DISCOUNT",
        "--setting",
    ]


def test_what_is_missing_is_told_with_where_it_can_come_from(mistakes: Mistakes) -> None:
    secret, name = mistakes(kind=StrictSettings)
    assert secret.place == "outside.api_key"
    for place in (
        "TEST__OUTSIDE__API_KEY",
        "BELLJAR_SECRETS_DIR",
        ".env",
        "keyring:",
        "file:",
        "env:",
    ):
        assert place in secret.fix
    assert name.place == "outside.name"
    assert "--setting outside.name=" in name.fix


def test_no_message_shows_a_value_that_may_be_a_secret(
    explained: Explain, put: Put, tmp_path: Path
) -> None:
    """Misspelt keys, sections that were given a text, validators that repeat what they were given."""
    put(
        PROFILE,
        "[payments]\napi_key = 'planted-one'\napi_kye = 'planted-two'\nretries = 'planted'\n",
    )
    put(".env", "TEST__PAYMENTS__API_KEI=planted-three\nTEST__PAYMENTS__X='planted-four\n")
    environ = {
        "TEST__PAYMENTS": "planted-five",
        "TEST__PAYMENTS__TOKENS": "[planted-six",
        "TEST__PAYMENTS__BY_COUNTRY": '{"de": {"planted": 7}}',
        "TEST__DATABSE__URL": "postgresql://me:planted-eight@h/d",
        "TEST__PAYMENTS__API_KEY": "planted nine",
    }
    with pytest.raises(BadSettings) as caught:
        explained(environ, settings=["payments.api_key=planted-ten", "payments=planted-eleven"])
    text = str(caught.value).replace("'planted'", "")
    assert "planted" not in text, text
    environ = {"TEST__PAYMENTS__API_KEY": "planted nine"}
    (tmp_path / PROFILE).unlink()
    (tmp_path / ".env").unlink()
    with pytest.raises(BadSettings, match=r"payments\.api_key") as caught:
        explained(environ)
    assert "planted" not in str(caught.value)
    assert caught.value.__context__ is None or "planted nine" not in str(caught.value.__context__)
