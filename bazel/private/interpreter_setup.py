"""Lays out the interpreter that runs this file in a folder of its own; prints what is there as JSON.

    python -I -S -B interpreter_setup.py FOLDER

The binary is copied, so that it finds its prefix in FOLDER, and no user's site-packages with it. The
library's sources are links to the originals, so that a changed one is seen, beside bytecode that
is checked against the source's hash: the same bytes wherever the interpreter was installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import platform
import py_compile
import re
import shutil
import sys
import sysconfig

# Never imported by a test, and large: other tests, editors, demonstrations, bundled wheels.
_LEFT_OUT = {
    "__pycache__",
    "_bundled",
    "dist-packages",
    "idlelib",
    "idle_test",
    "site-packages",
    "test",
    "tests",
    "turtledemo",
}
_WINDOWS = sys.platform == "win32"


def _place(source: pathlib.Path, target: pathlib.Path) -> None:
    """Links `target` to `source`; copies on Windows, where a link takes a privilege."""
    if _WINDOWS:
        shutil.copy2(source, target)
    else:
        target.symlink_to(source.resolve())


def _anywhere(text: str, prefix: str) -> str:
    """Gives sysconfig's data, the only file that says where the interpreter was installed, without that."""
    installed = re.search(r"^ ?'prefix': '([^']+)'", text, re.MULTILINE)
    for place in {prefix, installed.group(1) if installed else prefix}:
        text = text.replace(place, "/python")
    return text


def _lay_out(source: pathlib.Path, target: pathlib.Path, root: pathlib.Path, prefix: str) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if entry.is_dir():
            if entry.name not in _LEFT_OUT and not entry.name.startswith("config-"):
                _lay_out(entry, place, root, prefix)
        elif entry.name.startswith("_sysconfigdata"):
            place.write_text(_anywhere(entry.read_text(encoding="utf-8"), prefix), encoding="utf-8")
            _compile(place, root)
        elif entry.suffix == ".py":
            _place(entry, place)
            _compile(place, root)
        elif entry.suffix not in {".a", ".pyc", ".pyo", ".exe"} and not place.exists():
            _place(entry, place)


def _compile(file: pathlib.Path, root: pathlib.Path) -> None:
    # Such as lib2to3's samples of broken code: what can't be compiled is never imported
    with contextlib.suppress(py_compile.PyCompileError):
        py_compile.compile(
            str(file),
            dfile=file.relative_to(root).as_posix(),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
        )


def main(folder: str) -> None:
    """Fills `folder` and prints what is in it."""
    root = pathlib.Path(folder).absolute()
    prefix = pathlib.Path(sys.base_prefix).resolve()
    if sysconfig.get_config_var("PYTHONFRAMEWORK"):
        sys.exit(
            f"{sys.executable} is a framework build, which can't be moved; use one of uv's: uv python install"
        )
    if sys.implementation.name != "cpython":
        sys.exit(f"{sys.executable} is {platform.python_implementation()}; CPython is needed")
    binary = pathlib.Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()
    extra: list[str] = []
    if _WINDOWS:
        executable, trees = root / "python.exe", ["Lib", "DLLs"]
        root.mkdir(parents=True)
        for dll in sorted(prefix.glob("*.dll")):
            shutil.copy2(dll, root / dll.name)
            extra.append(f"{folder}/{dll.name}")
        for tree in trees:
            _lay_out(prefix / tree, root / tree, root, str(prefix))
    else:
        executable = root / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        executable.parent.mkdir(parents=True)
        libraries = {
            pathlib.Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")
        }
        trees = sorted({library.relative_to(prefix).parts[0] for library in libraries})
        for library in sorted(libraries):
            _lay_out(library, root / library.relative_to(prefix), root, str(prefix))
            # The landmark by which CPython knows its prefix; empty in builds that are all in one.
            (root / library.relative_to(prefix) / "lib-dynload").mkdir(exist_ok=True)
        for shared in sorted((prefix / "lib").glob("libpython3.*")):
            if ".so" in shared.name or shared.suffix == ".dylib":
                _place(shared, root / "lib" / shared.name)
    shutil.copy(binary, executable)
    executable.chmod(0o755)
    print(
        json.dumps(
            {
                "version": platform.python_version(),
                "executable": f"{folder}/{executable.relative_to(root).as_posix()}",
                "trees": [f"{folder}/{tree}" for tree in trees],
                "extra": extra,
            },
            sort_keys=True,
        )
    )


if __name__ == "__main__":
    os.umask(0o022)
    main(sys.argv[1])
