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


def install(path: list[str], folder: Path) -> None:
    """Puts `path`, flattened, into `sys.path` and PYTHONPATH; links go into `folder`."""
    # The folder of the generated main: its real place, outside the test's runfiles.
    main = getattr(sys.modules["__main__"], "__file__", None)
    own = str(Path(main).resolve().parent) if main else ""
    sys.path[:] = flatten([entry for entry in path if entry != own], folder)
    inherited = [entry for entry in sys.path if not entry.startswith(sys.prefix)]
    os.environ["PYTHONPATH"] = os.pathsep.join(inherited)
    sys.path_importer_cache.clear()


def flatten(path: list[str], folder: Path) -> list[str]:
    """Gives `path` with its wheels replaced by `folder`, which is filled with links to them.

    An entry is a wheel's if it is called site-packages. The roots of repositories that hold nothing
    but a wheel go too. The order of the others stays; what comes first on `path` wins in `folder`.
    """
    wheels = [Path(entry) for entry in path if entry.endswith("site-packages")]
    wheels = [wheel for wheel in wheels if wheel.is_dir()]
    if not wheels:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    # The end of Bazel's chain of links, which every import would walk again. Once each: two names of
    # one wheel would be taken for two that share folders.
    for wheel in dict.fromkeys(wheel.resolve() for wheel in wheels):
        _link(wheel, folder)
    gone = {str(place) for wheel in wheels for place in (wheel, wheel.parent)}
    first = next(index for index, entry in enumerate(path) if entry in gone)
    before = [entry for entry in path[:first] if entry not in gone]
    after = [entry for entry in path[first:] if entry not in gone]
    return [*before, str(folder), *after]


def _link(source: Path, target: Path) -> None:
    """Links every entry of `source` into `target`; where both have a folder, its entries."""
    for entry in source.iterdir():
        place = target / entry.name
        try:
            place.symlink_to(entry, target_is_directory=True)
        except FileExistsError:
            if entry.is_dir() and place.is_dir():
                if place.is_symlink():
                    other = place.readlink()
                    place.unlink()
                    place.mkdir()
                    _link(other, place)
                _link(entry, place)
