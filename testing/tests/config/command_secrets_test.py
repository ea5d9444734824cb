"""`//testing:settings` shows no secret, not even one that stands in another setting, in a file or in a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.config.__main__ import main
from belljar.redaction.concealed import concealed

Command = Callable[..., tuple[int, str, str]]
KIND = "--class=tests.config.shop_settings:ShopSettings"
SECRET = "sk_live_51Hq8Xv2KpLm9Zt"


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run it where nothing is concealed yet, with a secret in a variable."""
    monkeypatch.setattr(concealed, "_names", {})
    monkeypatch.setattr(concealed, "_groups", ())
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("TEST_ENV", "BELLJAR_SETTINGS", "BUILD_WORKSPACE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEST__PAYMENTS__API_KEY", SECRET)

    def command(*arguments: str) -> tuple[int, str, str]:
        code = main((KIND, *arguments))
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.mark.parametrize("form", [(), ("--all",), ("--json",), ("--json", "--all")])
def test_a_setting_that_repeats_a_secret_does_not_show_it(
    command: Command, form: tuple[str, ...]
) -> None:
    """A header for a mock, say, with the key in it; once it counts, and once it does not."""
    code, out, _ = command(
        f"--setting=shop.note=was Bearer {SECRET}", f"--setting=shop.note=Bearer {SECRET}", *form
    )
    assert code == 0
    assert SECRET not in out
    assert "Bearer [secret payments.api_key]" in out
    assert ("was Bearer" in out) == ("--all" in form)
    if "--json" in form:
        assert json.loads(out)["settings"]["shop.note"]["value"].startswith("Bearer [secret ")


def test_a_mistake_that_quotes_a_secret_does_not_show_it(command: Command) -> None:
    code, out, err = command(f"--setting=shop.discount={SECRET}")
    assert (code, out) == (1, "")
    assert "shop.discount is '[secret payments.api_key]'" in err
    assert SECRET not in err
