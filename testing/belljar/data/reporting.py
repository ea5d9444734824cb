"""`Reporting`: what a run says of its data: the seed, the data library, and whether that still gives the same data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from belljar.data.errors import BadDataSetting
from belljar.data.seeds import run_seed

if TYPE_CHECKING:
    from belljar.data.sample import Library

__all__ = ["INI_LOCALE", "MARKER", "Reporting", "default_locales"]

INI_LOCALE = "belljar_data_locale"
INI_FINGERPRINT = "belljar_data_fingerprint"
INI_CLOCK = "belljar_data_clock"
MARKER = "locale"
_LINE = "locale(*names): the locale of this test's data, or several"
_CLOCKS = ("constant", "real")
_OUTPUT = "belljar_data"


def default_locales(config: pytest.Config) -> list[str]:
    """Give the locales of the ini option, else en_US."""
    said = str(config.getini(INI_LOCALE) or "").strip()
    if not said:
        return ["en_US"]
    from belljar.data.locales import locales_of

    return locales_of(said, INI_LOCALE)


class Reporting:
    """A plugin of one run; it says nothing unless a test uses data."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._libraries: list[str] = []
        clock = str(config.getini(INI_CLOCK)).strip()
        if clock not in _CLOCKS:
            raise BadDataSetting(
                f"{clock!r} is no clock", place=INI_CLOCK, choices=_CLOCKS, fix="say constant"
            )
        self.real_clock = clock == "real"
        self._said()
        config.addinivalue_line("markers", _LINE)

    def used(self) -> None:
        """Note that a test uses data."""
        if not self._libraries:
            from belljar.data.sample import library_of

            self._libraries.append(str(library_of(default_locales(self._config), INI_LOCALE)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes over what a worker of xdist has seen."""
        for library in getattr(node, "workeroutput", {}).get(_OUTPUT, []):
            if library not in self._libraries:
                self._libraries.append(library)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stamps the data library on the result, and fails a strict run whose data is not what it was."""
        if not self._libraries:
            return
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = list(self._libraries)
            return
        from _pytest.junitxml import xml_key

        xml = self._config.stash.get(xml_key, None)
        if xml is not None:
            xml.add_global_property("belljar.data.seed", str(run_seed(self._config)))
            for library in self._libraries:
                xml.add_global_property("belljar.data.library", f"faker {library}")
        if self._trouble() and self._strict and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says what the data came of, and what is to be done if it has changed."""
        if not self._libraries:
            return
        if trouble := self._trouble():
            colour = {"red" if self._strict else "yellow": True}
            terminalreporter.section("test data", "=", **colour)
            terminalreporter.write_line(trouble, **colour)
        elif terminalreporter.verbosity >= 0:
            for library in self._libraries:
                terminalreporter.write_line(
                    f"belljar: data of seed {run_seed(self._config)}, Faker {library}"
                )

    @property
    def _strict(self) -> bool:
        return bool(self._config.getini("belljar_strict_layers"))

    def _trouble(self) -> str:
        """Give what is to be told of data that is not what the ini file says."""
        from belljar.data.sample import Library

        wanted = self._said()
        now = [Library.parse(library, "") for library in self._libraries]
        changed = [library for library in now if wanted and library.digest != wanted.digest]
        if not wanted or not changed:
            return ""
        return (
            f"belljar: {'error' if self._strict else 'warning'}: the data of the tests has changed\n"
            f"  was:    {_words(wanted)}\n"
            f"  is:     {_words(changed[0])}\n"
            f"  reason: {_reason(wanted, changed)}\n"
            f"  accept: {INI_FINGERPRINT} = {changed[0]}   in {self._ini}\n"
            f"  or:     go back to Faker {wanted.version} in the lock"
        )

    def _said(self) -> Library | None:
        text = str(self._config.getini(INI_FINGERPRINT) or "").strip()
        if not text:
            return None
        from belljar.data.sample import Library

        return Library.parse(text, INI_FINGERPRINT)

    @property
    def _ini(self) -> str:
        return self._config.inipath.name if self._config.inipath else "the ini file"


def _words(library: Library) -> str:
    return f"Faker {library.version}, {', '.join(library.locales)}, {library.digest}"


def _reason(was: Library, now: Sequence[Library]) -> str:
    if was.locales != now[0].locales:
        return f"the locale, {', '.join(was.locales)} then and {', '.join(now[0].locales)} now"
    if was.version != now[0].version:
        return f"another Faker gives other data, {was.version} then and {now[0].version} now"
    return "Faker's own data was changed, or what the sample is made of"
