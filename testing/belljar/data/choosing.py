"""Which locale a test's data has, and the Faker that comes of it.

The nearest wins: the marker `locale`, then Faker's own fixtures `faker_locale` and `faker_session_locale` where a
team has them, then the ini option `belljar_data_locale`, then en_US. A team that has a marker `locale` of its own
keeps it: then it is nothing to us.
"""

from __future__ import annotations

from typing import Any

import pytest
from faker import Faker

from belljar.data.errors import BadDataSetting
from belljar.data.fakers import faker_like, faker_of, foreign_providers
from belljar.data.fingerprint import Tally
from belljar.data.reporting import INI_LOCALE, MARKER, default_locales
from belljar.data.uniqueness import Unique

__all__ = ["faker_for", "locale_of"]

_OURS = pytest.StashKey[bool]()
_HAS_LOCALE = pytest.StashKey[bool]()


def locale_of(request: pytest.FixtureRequest) -> Any:
    """Give the locale, or the locales, of the test's data."""
    if (marked := _marked(request)) is not None:
        return marked
    if "faker_locale" in request.fixturenames:
        return request.getfixturevalue("faker_locale")
    session = _session_locale(request)
    return default_locales(request.config) if session is None else session


def faker_for(
    request: pytest.FixtureRequest,
    made: Faker,
    seed: Any,
    *,
    unique: Unique,
    tally: Tally,
    real_clock: bool,
) -> Faker:
    """Give the test's Faker, in place of `made`, which is Faker's own and shared by the session's tests."""
    options: dict[str, Any] = {"unique": unique, "tally": tally, "real_clock": real_clock}
    marked = _marked(request)
    if marked is None and "faker_locale" in request.fixturenames:
        return faker_like(made, seed, **options)
    if marked is None:
        wanted = _session_locale(request)
        place = "faker_session_locale"
        if wanted is None and not request.config.getini(INI_LOCALE):
            # Faker's default, or a team's own `_session_faker`.
            return faker_like(made, seed, **options)
        if wanted is None:
            wanted, place = default_locales(request.config), INI_LOCALE
    else:
        wanted, place = marked, f"@pytest.mark.{MARKER}"
    if wanted == made.locales:
        return faker_like(made, seed, **options)
    foreign = foreign_providers(made)
    return faker_of(wanted, seed, place=place, foreign=foreign, **options)


def _marked(request: pytest.FixtureRequest) -> Any:
    item = request.node
    if MARKER not in item.keywords:
        return None
    marker = item.get_closest_marker(MARKER)
    if marker is None or not _is_ours(request.config):
        return None
    if not marker.args or marker.kwargs:
        raise BadDataSetting(
            f"it has {marker.args!r} and {marker.kwargs!r}, and wants locales",
            place=f"@pytest.mark.{MARKER}",
            choices=['"de_DE"', 'or several: "de_DE", "fr_FR"'],
            fix=f'say @pytest.mark.{MARKER}("de_DE")',
        )
    return list(marker.args)


def _is_ours(config: pytest.Config) -> bool:
    """Whether nobody else has said in an ini file or a conftest.py that there is a marker of that name."""
    known = config.stash.get(_OURS, None)
    if known is None:
        names = [
            str(line).partition(":")[0].partition("(")[0].strip()
            for line in config.getini("markers")
        ]
        known = config.stash[_OURS] = names.count(MARKER) < 2
    return known


def _session_locale(request: pytest.FixtureRequest) -> Any:
    """Give a team's locale of the session.

    Faker asks for it once, in whichever test is the first; that would be another one in another order.
    """
    # A module's tests, or a class's, all see the same fixtures.
    parent = request.node.parent
    known = parent.stash.get(_HAS_LOCALE, None)
    if known is None:
        manager = request.session._fixturemanager
        found = manager.getfixturedefs("faker_session_locale", request.node)
        known = parent.stash[_HAS_LOCALE] = bool(found)
    return request.getfixturevalue("faker_session_locale") if known else None
