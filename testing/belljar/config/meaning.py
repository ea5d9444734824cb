"""`meant`: the setting that was meant by keys that are none; empty where nothing is near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from belljar.config.errors import nearest
from belljar.config.origin import Path, dotted
from belljar.config.shape import Shape

__all__ = ["meant"]


def meant(whole: Shape, shape: Shape, above: Path, key: str, rest: Sequence[str] = ()) -> str:
    """Give it as one writes it. `shape` is what is at the keys `above`; `rest` are those after the bad one."""
    return (
        _same(whole, (*above, key, *rest))
        or _beside(shape, above, key, rest)
        or _elsewhere(whole, key, rest)
    )


def _same(whole: Shape, path: Path) -> str:
    """Give the one that is the same but for case, underscores, dashes and dots."""
    wanted = _folded(path)
    known = {_folded(each): each for each in _paths(whole)}
    # Somebody may have written the variable's name as the key.
    found = known.get(wanted) or known.get(wanted.removeprefix("test"))
    return dotted(found) if found else ""


def _beside(shape: Shape, above: Path, key: str, rest: Sequence[str]) -> str:
    """Give the nearest of the same section, and in it what comes after."""
    found = nearest(key, sorted(shape.fields))
    if not found:
        return ""
    path = (*above, found)
    here = shape.fields[found]
    for each in rest:
        below = nearest(each, sorted(here.fields))
        if not below:
            break
        path, here = (*path, below), here.fields[below]
    return dotted(path)


def _elsewhere(whole: Shape, key: str, rest: Sequence[str]) -> str:
    """Give the one key of another section that has this name."""
    name = _folded(tuple(rest[-1:]) or (key,))
    found = [each for each in _paths(whole) if _folded(each[-1:]) == name]
    return dotted(found[0]) if len(found) == 1 and (not rest or found[0][0] == key) else ""


def _folded(path: Path) -> str:
    return "".join(path).casefold().translate(dict.fromkeys(map(ord, "_-. \"'"), None))


def _paths(shape: Shape, path: Path = ()) -> Iterator[Path]:
    for name, inner in shape.fields.items():
        here = (*path, name)
        if inner.section and len(path) < 6:
            yield from _paths(inner, here)
        else:
            yield here
