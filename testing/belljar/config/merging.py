"""`Chosen`: of all that the layers say, the last word at each key, and what it was put over."""

from __future__ import annotations

from collections import Counter
from pathlib import Path as File

from belljar.config.origin import Entry, Path

__all__ = ["Chosen"]


class Chosen:
    """Entries by key. What is said later counts; sections and tables are joined, lists are replaced."""

    def __init__(self) -> None:
        self.entries: dict[Path, Entry] = {}
        self.files: dict[Path, File | None] = {}
        self.overridden: list[tuple[Entry, Entry]] = []
        """What was said and does not count, each with what counts in its place."""
        self._above: Counter[Path] = Counter()

    def put(self, entry: Entry, file: File | None = None) -> None:
        """Take an entry of a layer above all that were put before, and the file that it stands in."""
        path = entry.path
        if entry.value == {} and self._above[path]:
            return  # an empty section takes nothing away
        lost = [
            path[:length] for length in range(1, len(path) + 1) if path[:length] in self.entries
        ]
        if self._above[path]:
            # Nothing at all in the place of a section.
            lost += [each for each in self.entries if each[: len(path)] == path and each != path]
        for each in lost:
            self._drop(each, entry)
        self.entries[path] = entry
        self.files[path] = file
        for length in range(1, len(path)):
            self._above[path[:length]] += 1

    def nested(self, values: dict[Path, object]) -> dict[str, object]:
        """Give these values as sections in sections."""
        tree: dict[str, object] = {}
        for path, value in values.items():
            table = tree
            for key in path[:-1]:
                below = table.setdefault(key, {})
                assert isinstance(below, dict)
                table = below
            table[path[-1]] = value
        return tree

    def _drop(self, path: Path, winner: Entry) -> None:
        entry = self.entries.pop(path)
        if entry.value != {}:
            self.overridden.append((entry, winner))
        for length in range(1, len(path)):
            self._above[path[:length]] -= 1
