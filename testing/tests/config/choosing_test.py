"""Who chooses the profile, first that does; and whoever it is, the profile has to be there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.config.asked import Asked
from tests.config.conftest import Run

pytest_plugins = ["pytester"]

Put = Callable[[str, str], Path]
USES = "def test_one(test_settings):\n    print('size', test_settings.database.pool_size)\n"


@pytest.fixture
def profiles(pytester: pytest.Pytester) -> Path:
    folder = pytester.mkdir("config")
    for number, name in enumerate(("local", "ci", "staging", "nightly"), start=11):
        (folder / f"{name}.toml").write_text(f"database.pool_size = {number}\n")
    return folder


def test_each_voice_is_above_the_next(tmp_path: Path, put: Put) -> None:
    """All five speak at first; they are taken away from the top, one by one."""
    declared = put("settings.json", json.dumps({"profile": "flagged"}))
    environ = {"TEST_ENV": "shell", "BELLJAR_SETTINGS": str(declared)}
    ini = {"belljar_profile": "written"}

    def chosen(profile: str | None = None) -> tuple[str, str, bool]:
        asked = Asked.of(
            root=tmp_path, profile=profile, profile_from="--profile", environ=environ, ini=ini
        )
        return asked.profile, asked.profile_from, asked.explicit

    assert chosen("typed") == ("typed", "--profile", True)
    assert chosen() == ("shell", "TEST_ENV", True)
    environ["TEST_ENV"] = ""
    assert chosen() == ("flagged", "--//bazel:profile", True)
    declared.write_text("{}", encoding="utf-8")
    assert chosen() == ("written", "belljar_profile in the ini file", True)
    ini.clear()
    assert chosen() == ("local", "the default", False)


def test_what_the_shell_says_goes_before_the_ini_file(
    run: Run, profiles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(USES, "-o", "belljar_profile=staging", "-s")
    result.stdout.fnmatch_lines(
        ["belljar: profile staging (belljar_profile in the ini file)", "*size 13*"]
    )
    monkeypatch.setenv("TEST_ENV", "ci")
    result = run(USES, "-o", "belljar_profile=staging", "-s")
    result.stdout.fnmatch_lines(["belljar: profile ci (TEST_ENV)", "*size 12*"])
    result = run(USES, "-o", "belljar_profile=staging", "--profile=nightly", "-s")
    result.stdout.fnmatch_lines(["belljar: profile nightly (--profile)", "*size 14*"])


def test_a_profile_of_the_ini_file_that_is_not_there_is_a_mistake(run: Run, profiles: Path) -> None:
    result = run(USES, "-o", "belljar_profile=stagin")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    assert "belljar_profile in the ini file: there is no profile 'stagin' in config" in text
    assert "valid: ci, local, nightly, staging" in text
    assert "write staging, or make config/stagin.toml" in text
