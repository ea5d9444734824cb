"""flatten(): sixty wheels on the search path become one folder of links.

Every import looks into every entry before the one that has it, so a path with an entry a wheel makes
each import pay for all wheels. One folder that links to what is in them costs what one wheel does,
serves child processes through PYTHONPATH, and shows packages that are spread over several wheels
(namespaces) as one.
"""

import os
import sys
from pathlib import Path

__all__ = ["flatten", "install"]


def install(folder: Path) -> None:
    """Puts the flattened path into `sys.path` and PYTHONPATH; links go into `folder`."""
    # The folder of the generated main: its real place, outside the test's runfiles.
    main = getattr(sys.modules["__main__"], "__file__", None)
    path = [
        entry
        for entry in sys.path
        if not (main and entry == os.path.dirname(os.path.realpath(main)))
    ]
    sys.path[:] = flatten(path, folder)
    own = [entry for entry in sys.path if not entry.startswith(sys.prefix)]
    os.environ["PYTHONPATH"] = os.pathsep.join(own)
    sys.path_importer_cache.clear()


def flatten(path: list[str], folder: Path) -> list[str]:
    """Gives `path` with its wheels replaced by `folder`, which is filled with links to them.

    An entry is a wheel's if it is called site-packages. The roots of repositories that hold nothing
    but a wheel go too. The order of the others stays; what comes first on `path` wins in `folder`.
    """
    wheels = [
        entry
        for entry in path
        if os.path.basename(entry) == "site-packages" and os.path.isdir(entry)
    ]
    if not wheels:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    for wheel in wheels:
        _link(wheel, str(folder))
    gone = {*wheels, *map(os.path.dirname, wheels)}
    kept = [entry for entry in path if entry not in gone]
    first = next(index for index, entry in enumerate(path) if entry in gone)
    before = sum(1 for entry in path[:first] if entry not in gone)
    return [*kept[:before], str(folder), *kept[before:]]


def _link(source: str, target: str) -> None:
    """Links every entry of `source` into `target`; where both have a folder, its entries."""
    for entry in os.scandir(source):
        place = os.path.join(target, entry.name)
        try:
            os.symlink(entry.path, place, target_is_directory=entry.is_dir())
        except FileExistsError:
            if entry.is_dir() and os.path.isdir(place):
                if os.path.islink(place):
                    other = os.readlink(place)
                    os.unlink(place)
                    os.mkdir(place)
                    _link(other, place)
                _link(entry.path, place)
