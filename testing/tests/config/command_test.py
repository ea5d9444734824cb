"""`//testing:settings`: the values, where each was said, and every mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.config.__main__ import main

Command = Callable[..., tuple[int, str, str]]
KIND = "--class=tests.config.shop_settings:ShopSettings"


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nbelljar_config_dir = config\nbelljar_profile = ci\n"
    )
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "ci.toml").write_text(
        "[database]\npool_size = 3\n[payments]\napi_key = 'env:THE_KEY'\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TEST_ENV", raising=False)
    monkeypatch.delenv("BELLJAR_SETTINGS", raising=False)
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY", raising=False)
    monkeypatch.setenv("THE_KEY", "planted-secret")

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def rows(text: str) -> list[list[str]]:
    return [line.split(maxsplit=2) for line in text.splitlines()]


def test_the_table_has_values_and_where_each_was_said(command: Command) -> None:
    code, out, _ = command(KIND, "--setting", "shop.discount=0.5")
    assert code == 0
    assert out.startswith("profile ci (belljar_profile in the ini file)\n")
    table = rows(out)
    assert ["database.pool_size", "3", "config/ci.toml:2:1"] in table
    assert ["shop.discount", "0.5", "--setting"] in table
    assert ["shop.open", "true", "default of ShopSettings"] in table
    assert ["payments.api_key", "**********", "config/ci.toml:4:1 (env:THE_KEY)"] in table
    assert "planted" not in out


def test_what_does_not_count_is_shown_on_demand(command: Command) -> None:
    _, out, _ = command(KIND, "--setting=database.pool_size=9", "--all")
    at = [line for line in out.splitlines() if "pool_size" in line or "not config" in line]
    assert at[0].split() == ["database.pool_size", "9", "--setting"]
    assert at[1].split() == ["3", "not", "config/ci.toml:2:1"]


def test_json_has_the_same(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST__PAYMENTS__API_KEY", "planted-over")
    code, out, _ = command(KIND, "--json", "--all")
    given = json.loads(out)
    assert code == 0
    assert given["profile"] == "ci"
    assert given["settings"]["payments.api_key"] == {
        "value": "**********",
        "layer": "environment",
        "from": "TEST__PAYMENTS__API_KEY",
    }
    (lost,) = given["overridden"]
    assert (lost["key"], lost["value"]) == ("payments.api_key", "**********")
    assert "planted" not in out


def test_secrets_in_lists_and_urls_in_texts_are_not_shown(command: Command) -> None:
    _, out, _ = command(
        KIND,
        '--setting=payments.tokens=["env:THE_KEY"]',
        "--setting=payments.url=http://me:planted-word@host/",
    )
    assert "planted" not in out
    assert '["**********"]' in out
    assert "http://me:***@host/" in out or "[secret" in out


def test_mistakes_are_all_told_and_the_code_is_1(command: Command) -> None:
    code, out, err = command(KIND, "--profile=none", "--setting=shop.opn=1")
    assert (code, out) == (1, "")
    assert err.startswith("2 mistakes in the settings (profile none, from --profile):\n")
    assert "valid: ci" in err
    assert "write shop.open" in err


def test_an_ini_file_that_is_none_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("belljar_profile = ci\n")
    code, _, err = command(KIND)
    assert code == 1
    assert "is no ini file" in err


@pytest.mark.parametrize(
    ("named", "text", "fix"),
    [
        ("", "names no class", "write PACKAGE.MODULE:CLASS"),
        ("../x:Settings", "names no class", "write PACKAGE.MODULE:CLASS"),
        ("tests.config.shop_settings:ShopSetings", "has no ShopSetings", "shop_settings:ShopSettings"),
        ("broken_syntax:Settings", "SyntaxError", ""),
        ("broken_exit:Settings", "SystemExit: 7 (broken_exit.py:1)", ""),
        ("circle_one:Settings", "circular import", "break the circle"),
    ],
)  # fmt: skip
def test_a_class_that_cannot_be_had_is_told(
    command: Command, tmp_path: Path, named: str, text: str, fix: str
) -> None:
    (tmp_path / "broken_syntax.py").write_text("def (\n")
    (tmp_path / "broken_exit.py").write_text("raise SystemExit(7)\n")
    (tmp_path / "circle_one.py").write_text("from circle_two import Other\n")
    (tmp_path / "circle_two.py").write_text("from circle_one import Settings\n")
    code, out, err = command("--class", named)
    assert (code, out) == (1, "")
    assert text in err
    assert fix in err
    assert "Traceback" not in err
    assert str(tmp_path) not in err


def test_the_classes_of_a_module_are_the_valid_ones(command: Command) -> None:
    _, _, err = command("--class", "tests.config.shop_settings:Nothing")
    assert "valid: Payments, Region, Shop, ShopSettings, Strict, StrictSettings" in err


@pytest.mark.parametrize("root", ["nowhere", "pytest.ini"])
def test_a_root_that_is_no_folder_is_told(command: Command, root: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        command("--root", root)


def test_who_reads_no_further_and_what_shows_no_letters_get_no_traceback(
    command: Command, tmp_path: Path
) -> None:
    source = tmp_path / "run.py"
    source.write_text(
        "import os, sys\n"
        "read, write = os.pipe()\n"
        "os.close(read)\n"
        "if sys.argv[1] == 'closed': os.dup2(write, 1)\n"
        "from belljar.config.__main__ import main\n"
        "sys.exit(main([sys.argv[2], '--setting', 'shop.note=ü']))\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii"}
    for mode, code in (("closed", 1), ("open", 0)):
        done = subprocess.run(
            [sys.executable, source, mode, KIND],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (code, "")


def test_a_long_value_does_not_push_the_rest_away(command: Command) -> None:
    _, out, _ = command(KIND, f"--setting=shop.note={'x' * 500}")
    other = next(line for line in out.splitlines() if line.startswith("shop.open"))
    assert len(other) < 150
