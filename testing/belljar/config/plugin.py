"""The fixture `test_settings`: a team's typed settings, the same in every worker; `--profile` and `--setting`.

    [pytest]
    belljar_settings = services.orders.tests.settings:OrdersTestSettings

    def test_pays(test_settings: OrdersTestSettings): ...

Where several services have a class each, a conftest.py gives the one of its folder:

    test_settings = settings_fixture(OrdersTestSettings)

Load it with `-p belljar.config.plugin`; the test macros do for a target with `settings`. Mistakes are told before the
first test runs, all at once, and the run ends as after a usage error. Runs without settings pay nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from belljar.config.session_names import BAD_OUTPUT, PROFILE_OUTPUT

if TYPE_CHECKING:
    from pydantic import BaseModel

    from belljar.config.model import TestSettings

__all__ = ["settings_fixture", "test_settings"]

USED = pytest.StashKey[bool]()
TAKEN = pytest.StashKey[list[str]]()
TOLD = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def test_settings(pytestconfig: pytest.Config) -> TestSettings:
    """Give the settings of this run, of the class that `belljar_settings` names."""
    settings: TestSettings = _settings(pytestconfig)
    return settings


def settings_fixture(kind: type[BaseModel]) -> Any:
    """Return a fixture for a conftest.py, `test_settings`, that gives the settings of this class.

    What is wrong with them is told before the first test, as for the class that `belljar_settings` names.
    """

    def settings(pytestconfig: pytest.Config) -> Any:
        return _settings(pytestconfig, kind)

    settings.kind = kind  # type: ignore[attr-defined]  # for who looks before the first test
    return pytest.fixture(scope="session", name="test_settings")(settings)


def _settings(config: pytest.Config, kind: type[BaseModel] | None = None) -> Any:
    from belljar.config.errors import BadSettings
    from belljar.config.session import settings_of

    try:
        return settings_of(config, kind).settings
    except BadSettings as error:
        pytest.fail(str(error), pytrace=False)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add what an ini file may say."""
    parser.addini("belljar_settings", "the settings class: PACKAGE.MODULE:CLASS", default="")
    parser.addini("belljar_profile", "the profile, if nobody chooses another", default="")
    parser.addini("belljar_config_dir", "the folder of the profiles", default="")
    parser.addini("belljar_secrets_dir", "a folder with a file for each secret", default="")
    config = pluginmanager.get_plugin("pytestconfig")
    if config and any(name.endswith("conftest.py") for name, _ in pluginmanager.list_name_plugin()):
        config.stash[TAKEN] = _add_options(parser)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Add the options last: another plugin or a conftest.py may have one of that name, and keeps it."""
    result = yield
    early_config.stash[TAKEN] = _add_options(parser)
    return result


def _add_options(parser: pytest.Parser) -> list[str]:
    group = parser.getgroup("belljar-config", "settings")
    options: list[tuple[str, dict[str, Any]]] = [
        (
            "--profile",
            {"dest": "belljar_profile", "metavar": "NAME", "help": "the profile of the settings"},
        ),
        (
            "--setting",
            {
                "dest": "belljar_setting",
                "action": "append",
                "metavar": "KEY=VALUE",
                "help": "a setting, such as database.pool_size=5; JSON for lists and sections",
            },
        ),
    ]
    taken = []
    for name, words in options:
        try:
            group.addoption(name, **words)
        except (ValueError, argparse.ArgumentError):
            taken.append(name)
    return taken


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which profile it is, if somebody has asked for one."""
    lines = []
    if taken := config.stash.get(TAKEN, []):
        lines.append(
            f"belljar: steps back, for others have {', '.join(taken)}; TEST_ENV chooses the profile"
        )
    if _asked(config):
        lines.append(_profile(config))
        config.stash[TOLD] = [lines[-1]]
    return lines


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say which profile it is, if tests use settings."""
    if not config.stash.get(USED, False) or TOLD in config.stash:
        return []
    config.stash[TOLD] = [_profile(config)]
    return config.stash[TOLD]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Look at settings that the command line names before anything else happens."""
    config = session.config
    if _asked(config) and not hasattr(config, "workerinput"):
        _look(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Look at the settings before the first test, if any uses them."""
    kinds = {kind for item in items for kind in _used(item)}
    if not kinds:
        return
    config.stash[USED] = True
    output = getattr(config, "workeroutput", None)
    if output is None:
        for kind in kinds:
            _look(config, kind)
        return
    from belljar.config.errors import BadSettings
    from belljar.config.session import settings_of

    output[PROFILE_OUTPUT] = _profile(config)
    try:
        for kind in kinds:
            settings_of(config, kind)
    except BadSettings:
        # A worker can't end the run: the controller does, once no worker has anything to do.
        items.clear()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker has to say of the settings."""
    output = getattr(node, "workeroutput", {})
    config: pytest.Config = node.config
    if text := output.get(BAD_OUTPUT):
        from belljar.config.session import BAD

        config.stash[BAD] = text
    if line := output.get(PROFILE_OUTPUT):
        config.stash.setdefault(TOLD, [line])


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End as after a usage error, if the settings had mistakes."""
    if _bad(session.config):
        session.exitstatus = pytest.ExitCode.USAGE_ERROR


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell the mistakes once, and the profile of runs with workers."""
    for line in config.stash.get(TOLD, []) if config.pluginmanager.has_plugin("dsession") else []:
        if not _asked(config):
            terminalreporter.write_line(line)
    if text := _bad(config):
        terminalreporter.write_line("")
        for line in text.splitlines():
            terminalreporter.write_line(
                f"ERROR: {line}" if line == text.splitlines()[0] else line, red=True
            )


def _look(config: pytest.Config, kind: type[BaseModel] | None = None) -> None:
    from belljar.config.errors import BadSettings
    from belljar.config.session import BAD, settings_of

    try:
        settings_of(config, kind)
    except BadSettings as error:
        del config.stash[BAD]  # told now
        raise pytest.UsageError(str(error)) from None


def _asked(config: pytest.Config) -> bool:
    return bool(
        config.getoption("belljar_profile", default=None)
        or config.getoption("belljar_setting", default=None)
    )


def _bad(config: pytest.Config) -> str:
    import sys

    session = sys.modules.get("belljar.config.session")
    return config.stash.get(session.BAD, "") if session else ""


def _profile(config: pytest.Config) -> str:
    from belljar.config.session import asked_of

    asked = asked_of(config)
    return f"belljar: profile {asked.profile} ({asked.profile_from})"


def _used(item: pytest.Item) -> list[type[BaseModel] | None]:
    """Give the class of settings that a test gets from us; none for a team's own fixture that does not ask us."""
    if "test_settings" not in getattr(item, "fixturenames", ()):
        return []
    info = getattr(item, "_fixtureinfo", None)
    found = info.name2fixturedefs.get("test_settings", ()) if info else ()
    for fixture in reversed(found):
        if getattr(fixture.func, "__module__", "") == __name__:
            return [getattr(fixture.func, "kind", None)]
        if "test_settings" not in fixture.argnames:
            return []
    return []
