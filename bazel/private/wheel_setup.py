"""Makes an installed wheel reproducible; prints what its BUILD file needs as JSON.

    python wheel_setup.py FOLDER [EXTRA...]

FOLDER holds one installed distribution. What names this machine or this moment goes (scripts with the
interpreter's path, installer's notes); bytecode is compiled with paths relative to FOLDER and no
time in it. Dependencies are read from the wheel's metadata: Core Metadata 2.x, `Requires-Dist`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pathlib
import py_compile
import shutil
import sys
from email.parser import HeaderParser
from importlib.metadata import PathDistribution

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_NOTES = ("direct_url.json", "uv_cache.json", "uv_build.json", "REQUESTED", "INSTALLER")

_CONSOLE = '''"""Runs {value}."""

import sys

from {module} import {top}

if __name__ == "__main__":
    sys.argv[0] = "{name}"
    sys.exit({attribute}())
'''

# A script that the wheel ships as a file, often a native binary: it is run as it is.
_SHIPPED = '''"""Runs the program {name} that the wheel ships."""

import os
import pathlib
import subprocess
import sys

folder = next(place for place in map(pathlib.Path, sys.path) if (place / "bin" / "{name}").exists())
program = [str(folder / "bin" / "{name}"), *sys.argv[1:]]
if __name__ == "__main__":
    if sys.platform == "win32":
        sys.exit(subprocess.run(program, check=False).returncode)
    os.execv(program[0], program)
'''


def tidy(folder: pathlib.Path, info: pathlib.Path) -> dict[str, str]:
    """Takes out what names this machine; gives the source of a launcher for each script."""
    launchers: dict[str, str] = {}
    consoles = set()
    for point in PathDistribution(info).entry_points.select(group="console_scripts"):
        module, _, attribute = point.value.split("[")[0].strip().partition(":")
        consoles.add(point.name)
        if attribute:
            launchers[point.name] = _CONSOLE.format(
                name=point.name,
                value=point.value,
                module=module,
                attribute=attribute,
                top=attribute.split(".")[0],
            )
    scripts = folder / "bin"
    if scripts.is_dir():
        for script in sorted(scripts.iterdir()):
            if script.name.removesuffix(".exe") in consoles:
                script.unlink()
            else:
                launchers.setdefault(script.name, _SHIPPED.format(name=script.name))
        if not any(scripts.iterdir()):
            scripts.rmdir()
    for note in _NOTES:
        (info / note).unlink(missing_ok=True)
    for leftover in (".lock", "CACHEDIR.TAG", ".gitignore"):
        (folder / leftover).unlink(missing_ok=True)

    record = info / "RECORD"
    if record.exists():
        rows = csv.reader(io.StringIO(record.read_text(encoding="utf-8")))
        kept = sorted(
            row
            for row in rows
            if row
            and (folder / row[0]).is_file()
            and row[0] != record.relative_to(folder).as_posix()
        )
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [*kept, [record.relative_to(folder).as_posix(), "", ""]]
        )
        record.write_text(text.getvalue(), encoding="utf-8")
    return launchers


def compile_tree(folder: pathlib.Path) -> None:
    """Compiles every module; what can't be compiled (templates, Python 2) is never imported."""
    for stale in sorted(folder.rglob("__pycache__")):
        shutil.rmtree(stale)
    for file in sorted(folder.rglob("*.py")):
        try:
            py_compile.compile(
                str(file),
                dfile=file.relative_to(folder).as_posix(),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except (py_compile.PyCompileError, ValueError, RecursionError):
            continue


def dependencies(info: pathlib.Path, extras: set[str]) -> list[str]:
    """Gives the names of the distributions that this one needs here, with these extras."""
    metadata = HeaderParser().parsestr(
        (info / "METADATA").read_text(encoding="utf-8", errors="replace")
    )
    own = canonicalize_name(metadata["Name"])
    needed = set()
    pending, seen = {"", *extras}, set()
    while pending:
        extra = pending.pop()
        seen.add(extra)
        environment = {**default_environment(), "extra": extra}
        for line in metadata.get_all("Requires-Dist") or []:
            requirement = Requirement(line)
            if requirement.marker is not None and not requirement.marker.evaluate(environment):
                continue
            name = canonicalize_name(requirement.name)
            if name == own:
                # An extra made of other extras of the same distribution.
                pending |= {canonicalize_name(other) for other in requirement.extras} - seen
            else:
                needed.add(name.replace("-", "_"))
    return sorted(needed)


def tree_hash(folder: pathlib.Path) -> str:
    """Gives the SHA-256 over every file's place, executable bit and content."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            mode = "x" if file.stat().st_mode & 0o100 else "-"
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            total.update(f"{file.relative_to(folder).as_posix()}\0{mode}\0{digest}\n".encode())
    return total.hexdigest()


def main(target: str, *extras: str) -> int:
    """Tidies and compiles the tree; prints dependencies, scripts and hash."""
    folder = pathlib.Path(target)
    infos = sorted(folder.glob("*.dist-info"))
    if len(infos) != 1:
        print(
            f"expected one .dist-info folder, found {[info.name for info in infos]}",
            file=sys.stderr,
        )
        return 1
    launchers = tidy(folder, infos[0])
    compile_tree(folder)
    print(
        json.dumps(
            {
                "deps": dependencies(infos[0], set(extras)),
                "dist_info": infos[0].as_posix(),
                "scripts": launchers,
                "sha256": tree_hash(folder),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
