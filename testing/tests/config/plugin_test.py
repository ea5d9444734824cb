"""`test_settings`, `--profile` and `--setting`, seen from outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.config.conftest import Run

pytest_plugins = ["pytester"]

USES = """
from shop_settings import ShopSettings

def test_one(test_settings):
    assert isinstance(test_settings, ShopSettings)
    print("size", test_settings.database.pool_size, test_settings.origins["database.pool_size"])

def test_two(test_settings):
    print("size", test_settings.database.pool_size)
"""
USES_NONE = """
import sys

def test_one():
    assert not any(name.startswith("pydantic") for name in sys.modules)
"""


@pytest.fixture
def profiles(pytester: pytest.Pytester) -> Path:
    folder = pytester.mkdir("config")
    (folder / "ci.toml").write_text("database.pool_size = 3\n")
    (folder / "local.toml").write_text("")
    return folder


def test_a_test_has_the_settings_of_its_teams_class(run: Run, profiles: Path) -> None:
    result = run(USES, "--profile=ci", "--setting", "shop.open=no", "-s")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["belljar: profile ci (--profile)", "*size 3 config/ci.toml:1:1*"])


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_profile_is_named_where_settings_are_used(
    run: Run, profiles: Path, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("TEST_ENV", "ci")
    result = run(USES, "-p", "xdist", "-n", workers)
    result.assert_outcomes(passed=2)
    assert result.outlines.count("belljar: profile ci (TEST_ENV)") == 1


def test_each_worker_has_the_same_settings(run: Run, profiles: Path) -> None:
    result = run(
        USES, "-p", "xdist", "-n2", "--profile=ci", "--setting=database.pool_size=4", "-rP"
    )
    result.assert_outcomes(passed=2)
    assert sum(line.startswith("size 4") for line in result.outlines) == 2


def test_a_test_without_settings_pays_nothing_and_hears_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a wrong profile: nobody asks for it."""
    monkeypatch.setenv("TEST_ENV", "nonsense")
    monkeypatch.setenv("TEST__NONSENSE", "1")
    result = run(USES_NONE)
    result.assert_outcomes(passed=1)
    assert "profile" not in result.stdout.str()


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["alone", "workers"])
def test_mistakes_end_the_run_as_a_usage_error_does_before_the_first_test(
    run: Run, profiles: Path, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TEST__SHOP__OPN", "1")
    monkeypatch.setenv("TEST__DATABASE__POOL_SIZE", "many")
    result = run(USES + "\ndef test_other(): raise SystemExit('ran')\n", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert text.count("2 mistakes in the settings") == 1
    assert "write shop.open" in text
    assert "Traceback" not in text
    assert "SystemExit" not in text


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["alone", "workers"])
def test_a_wrong_option_is_told_though_no_test_uses_settings(
    run: Run, profiles: Path, workers: tuple[str, ...]
) -> None:
    result = run(USES_NONE, "--profile=cii", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "--profile: there is no profile 'cii' in config" in text
    assert "valid: ci, local" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["alone", "workers"])
def test_mistakes_that_are_found_late_fail_the_test_and_end_with_the_same_code(
    run: Run, profiles: Path, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TEST__SHOP__OPN", "1")
    source = (
        "def test_one(request): request.getfixturevalue('test_settings')\ndef test_two(): pass\n"
    )
    result = run(source, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "write shop.open" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shop_settings", "names no class"),
        ("shop_setings:ShopSettings", "there is no module shop_setings"),
        ("shop_settings:ShopSetting", "write shop_settings:ShopSettings"),
        ("shop_settings:SecretStr", "is no settings class"),
        ("broken:Settings", "ZeroDivisionError: division by zero (broken.py:1)"),
    ],
)
def test_a_class_that_can_not_be_had_is_told(
    run: Run, pytester: pytest.Pytester, name: str, text: str
) -> None:
    pytester.makepyfile(broken="1 / 0\n")
    result = run(USES, "-o", f"belljar_settings={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stdout.str() + result.stderr.str()
    assert text in said
    assert "Traceback" not in said


def test_without_a_class_of_ones_own_there_is_belljars(run: Run) -> None:
    source = "def test_one(test_settings): assert type(test_settings).__name__ == 'TestSettings'\n"
    run(source, "-o", "belljar_settings=").assert_outcomes(passed=1)


def test_the_profiles_are_in_testing_config_if_nobody_says_where(
    run: Run, pytester: pytest.Pytester
) -> None:
    folder = pytester.path / "testing" / "config"
    folder.mkdir(parents=True)
    (folder / "local.toml").write_text("database.pool_size = 4\n")
    source = "def test_one(test_settings): assert test_settings.database.pool_size == 4\n"
    run(source, "-o", "belljar_config_dir=").assert_outcomes(passed=1)


def test_a_fixture_of_a_team_wins_and_may_ask_for_ours(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST__SHOP__OPN", "1")
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef test_settings(): return 'own'\n")
    run("def test_one(test_settings): assert test_settings == 'own'\n").assert_outcomes(passed=1)
    monkeypatch.delenv("TEST__SHOP__OPN")
    pytester.makeconftest(
        "import pytest\n@pytest.fixture\ndef test_settings(test_settings): return (test_settings,)\n"
    )
    source = "def test_one(test_settings): assert test_settings[0].shop.open\n"
    run(source).assert_outcomes(passed=1)


def test_an_option_of_a_team_by_that_name_stays_its_own(
    run: Run, pytester: pytest.Pytester, profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_ENV", "ci")
    pytester.makeconftest(
        "def pytest_addoption(parser): parser.addoption('--profile', action='store_true')\n"
    )
    source = (
        "def test_one(test_settings, pytestconfig):\n"
        "    assert pytestconfig.getoption('profile') is True\n"
        "    assert test_settings.database.pool_size == 3\n"
    )
    result = run(source, "--profile")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["belljar: steps back, for others have --profile;*"])


def test_the_plugin_imports_nothing_before_it_is_needed(pytester: pytest.Pytester) -> None:
    code = (
        "import sys, belljar.config, belljar.config.plugin, belljar.config.session\n"
        "print([name for name in sys.modules if name.startswith(('pydantic', 'dotenv', 'keyring'))])"
    )
    monkey = pytester.run(sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}")
    assert monkey.outlines == ["[]"]
