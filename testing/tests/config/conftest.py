"""What the tests of belljar.config share: a folder with profiles, and suites that are run from outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from belljar.config import BadSettings, Loaded, explain
from belljar.config.errors import Mistake
from tests.config.shop_settings import ShopSettings

HERE = Path(__file__).parent
Run = Callable[..., pytest.RunResult]
Explain = Callable[..., Loaded[Any]]
Mistakes = Callable[..., list[Mistake]]


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file below the root."""

    def put(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put


@pytest.fixture
def explained(tmp_path: Path) -> Explain:
    """Load the shop's settings from the test's own folder, with no environment but what is given."""

    def explained(
        environ: Mapping[str, str] | None = None, *, kind: Any = ShopSettings, **given: Any
    ) -> Loaded[Any]:
        return explain(kind, root=tmp_path, environ=environ or {}, **given)

    return explained


@pytest.fixture
def mistakes(explained: Explain) -> Mistakes:
    """Give the mistakes that loading has."""

    def mistakes(*given: Any, **named: Any) -> list[Mistake]:
        with pytest.raises(BadSettings) as caught:
            explained(*given, **named)
        return caught.value.mistakes

    return mistakes


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file in a process of its own, with the shop's settings class beside it."""
    for name in list(os.environ):
        if name.startswith(("TEST__", "BELLJAR_", "TEST_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    shutil.copy(HERE / "shop_settings.py", pytester.path)
    pytester.makeini(
        "[pytest]\npythonpath = .\nbelljar_settings = shop_settings:ShopSettings\n"
        "belljar_config_dir = config\n"
    )

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(shop_test=source)
        return pytester.runpytest_subprocess("-p", "belljar.config.plugin", *arguments, timeout=60)

    return run
