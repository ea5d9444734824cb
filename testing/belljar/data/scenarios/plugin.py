"""The marker `data` and the ini option `belljar_scenarios`.

    @pytest.mark.data("small")
    def test_a_customer_is_found(database): ...

The scenario is loaded into the test's `database` before its body runs; `data.load("small")` does the
same inside. Where a team has a marker of this name in its ini file, that stays the team's.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.data.scenarios.places import INI

__all__: list[str] = []

_MARKER = "data"
_FIXTURE = "_belljar_scenarios"
_OURS = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the ini option."""
    parser.addini(INI, "folders of scenarios, from the root", "linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known, unless it is known as another's."""
    names = {line.partition(":")[0].partition("(")[0].strip() for line in config.getini("markers")}
    config.stash[_OURS] = _MARKER not in names
    if _MARKER not in names:
        config.addinivalue_line(
            "markers", f"{_MARKER}(name, ...): load these scenarios into the test's database"
        )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Lets marked tests have their scenarios."""
    names = getattr(item, "fixturenames", None)
    if names is None or not item.config.stash[_OURS]:
        return
    if item.get_closest_marker(_MARKER) and _FIXTURE not in names:
        names.append(_FIXTURE)


@pytest.fixture
def _belljar_scenarios(request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue("data")
    # A class's before a method's.
    for marker in reversed(list(request.node.iter_markers(_MARKER))):
        if (
            marker.kwargs
            or not marker.args
            or not all(isinstance(name, (str, Path)) for name in marker.args)
        ):
            said = ", ".join([*map(repr, marker.args), *(f"{k}=..." for k in marker.kwargs)])
            pytest.fail(
                f"@pytest.mark.{_MARKER}({said}) has no names of scenarios\n"
                f'  fix: @pytest.mark.{_MARKER}("small")',
                pytrace=False,
            )
        for name in marker.args:
            data.load(name)
