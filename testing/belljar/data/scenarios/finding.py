"""`Scenarios`: the scenarios of a folder, by name."""

from __future__ import annotations

from pathlib import Path

from belljar.data.scenarios.errors import BadScenario, Mistake, nearest, shortened
from belljar.data.scenarios.reading import KINDS

__all__ = ["Scenarios"]


class Scenarios:
    """A folder of scenarios: `small/`, `small.json`, `small.csv` or `small.py` is called `small`."""

    def __init__(self, *folders: Path | str) -> None:
        self.folders = tuple(Path(folder) for folder in folders or ("scenarios",))

    def names(self) -> list[str]:
        """Return the names of those that are there."""
        found = set()
        for folder in self.folders:
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.name.startswith((".", "_")) or path.name.startswith("BUILD"):
                    continue
                if path.is_dir() or path.suffix in KINDS:
                    found.add(path.stem if path.is_file() else path.name)
        return sorted(found)

    def find(self, scenario: str | Path) -> Path:
        """Return where a scenario is, by its name or its path. Raises `BadScenario`."""
        path = Path(scenario)
        # A place that can't be is none where a scenario is.
        if path in (Path(), Path(path.anchor or ".")) or "\0" in str(path):
            raise _none(str(scenario), ", ".join(map(str, self.folders)), self.names())
        if isinstance(scenario, Path) or path.suffix in KINDS or len(path.parts) > 1:
            direct = [place for place in (path, *(f / path for f in self.folders)) if _there(place)]
            if direct:
                return direct[0]
            where = path.parent if path.parent.is_dir() else None
            known = [entry.name for entry in where.iterdir()] if where else self.names()
            raise _none(str(scenario), str(path.parent), known)
        found = [
            place
            for folder in self.folders
            for place in (folder / path, *(folder / f"{path}{kind}" for kind in KINDS))
            if _there(place)
        ]
        if not found:
            raise _none(str(scenario), ", ".join(map(str, self.folders)), self.names())
        if len(found) > 1 and found[0].parent == found[1].parent:
            both = " and ".join(str(place) for place in found)
            raise BadScenario(
                str(scenario), [Mistake(str(found[0]), f"there is {both}", "keep one of them")]
            )
        return found[0]


def _there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # longer than a name may be
        return False


def _none(name: str, where: str, known: list[str]) -> BadScenario:
    text = f"there is no scenario {shortened(name)}"
    return BadScenario(shortened(name).strip("'"), [Mistake(where, text, nearest(name, known))])
