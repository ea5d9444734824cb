"""A setting names the server that the fixtures use, and the size of an engine's pool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.databases.server import Postgres
from tests.config.conftest import Run

pytest_plugins = ["pytester"]

SERVED = """
def test_one(postgres):
    assert not postgres.ours, "a server of our own was started"
    import psycopg
    with psycopg.connect(postgres.url) as connection:
        print("served by", connection.execute("SELECT inet_server_port(), current_user").fetchone())
"""
ServerRun = Callable[..., pytest.RunResult]


@pytest.fixture
def served(run: Run, pytester: pytest.Pytester) -> ServerRun:
    (pytester.mkdir("config") / "local.toml").write_text("")

    def served(source: str, *arguments: str) -> pytest.RunResult:
        plugins = ("-p", "belljar.databases.plugin", "-p", "belljar.databases.isolation.plugin")
        return run(source, *plugins, *arguments)

    return served


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["alone", "workers"])
@pytest.mark.parametrize("layer", ["profile", ".env", "command line"])
def test_the_server_of_a_setting_is_used(
    served: ServerRun,
    pytester: pytest.Pytester,
    postgres: Postgres,
    layer: str,
    workers: tuple[str, ...],
) -> None:
    arguments = list(workers)
    if layer == "profile":
        Path(pytester.path, "config", "local.toml").write_text(
            f"database.url = '{postgres.admin_url}'\n"
        )
    elif layer == ".env":
        (pytester.path / ".env").write_text(f"TEST__DATABASE__URL={postgres.admin_url}\n")
        (pytester.path / ".env").chmod(0o600)
    else:
        arguments += ["--setting", f"database.url={postgres.admin_url}"]
    result = served(SERVED, "-rP", *arguments)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*served by*"])


def test_the_setting_is_above_the_variable_of_belljar(
    served: ServerRun, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLJAR_POSTGRES_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("TEST__DATABASE__URL", postgres.admin_url)
    served(SERVED).assert_outcomes(passed=1)


def test_an_unreachable_server_is_told_with_where_it_was_named(
    served: ServerRun, pytester: pytest.Pytester
) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    Path(pytester.path, "config", "local.toml").write_text(f"\ndatabase.url = '{url}'\n")
    result = served(SERVED)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*database.url (config/local.toml:2:1)*"])


def test_mistakes_are_told_where_only_a_server_is_asked_for(
    served: ServerRun, pytester: pytest.Pytester
) -> None:
    Path(pytester.path, "config", "local.toml").write_text("[database]\nurl = 5\nurk = 1\n")
    result = served(SERVED)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "write database.url" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_a_database_without_settings_pays_nothing_for_them(served: ServerRun) -> None:
    source = (
        "import sys\n"
        "def test_one(postgres):\n"
        "    assert postgres.ours\n"
        "    assert 'pydantic' not in sys.modules\n"
    )
    served(source, "-p", "no:belljar.redaction.plugin").assert_outcomes(passed=1)


@pytest.mark.parametrize(("arguments", "size"), [((), 5), (("--setting=database.pool_size=2",), 2)])
def test_the_engines_pool_has_the_size_that_a_setting_says(
    served: ServerRun, arguments: tuple[str, ...], size: int
) -> None:
    source = f"""
def test_one(database):
    assert database.engine.pool.size() == {size}
"""
    served(source, "--isolation=template", *arguments).assert_outcomes(passed=1)
