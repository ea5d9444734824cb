"""Runs a `py_binary` or `py_test` in the process that it was started in.

    python launch.py RUNFILES STUB ARG...

STUB is the program that Bazel generates for such a target, RUNFILES its folder of runfiles. Left to
itself the stub starts with whatever python3 is on PATH, prepares the environment and starts
the pinned interpreter, whose first import then looks into every entry of a search path that has one for
each wheel. Here the pinned interpreter reads the same facts from the stub, with a short path, and goes on
as the program. A stub that says them in another way runs as it is.

Source: the stub of Bazel 4.2.3 and 7.7.1 (tools/python/python_bootstrap_template.txt).
"""

import os
import pathlib
import re
import sys


def search_path(imports: str, runfiles: pathlib.Path) -> list[str]:
    """Gives what the stub would put into PYTHONPATH: runfiles, `imports`, the root of each repository."""
    wanted = [str(runfiles), *(f"{runfiles}/{entry}" for entry in imports.split(":") if entry)]
    wanted += (entry.path for entry in os.scandir(runfiles) if entry.is_dir())
    wanted += filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return list(dict.fromkeys(wanted))


def launch(runfiles: pathlib.Path, stub: str, arguments: list[str]) -> None:
    """Becomes the program that `stub` stands for."""
    text = pathlib.Path(stub).read_text(encoding="utf-8")
    main = re.search(r"^  (?:main_)?rel_path = '(.*)'$", text, re.MULTILINE)
    imports = re.search(r"^  python_imports = '(.*)'$", text, re.MULTILINE)
    file = runfiles / main.group(1) if main else runfiles
    if not imports or not file.is_file() or "PYTHON_COVERAGE" in os.environ:
        os.execv(sys.executable, [sys.executable, stub, *arguments])
    path = search_path(imports.group(1), runfiles)
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    if "RUNFILES_DIR" not in os.environ and "RUNFILES_MANIFEST_FILE" not in os.environ:
        os.environ["RUNFILES_DIR"] = str(runfiles)
    if "PYTHONSAFEPATH" in text:
        os.environ["PYTHONSAFEPATH"] = "1"
    else:
        path.insert(0, str(file.resolve().parent))
    # The first is the folder of this file.
    usual = sys.path if sys.flags.safe_path else sys.path[1:]
    sys.path[:] = [*path, *(entry for entry in usual if entry not in path)]
    sys.argv[:] = [str(file), *arguments]
    module = sys.modules["__main__"]
    kept = {name: value for name, value in vars(module).items() if name.startswith("__")}
    vars(module).clear()
    vars(module).update(kept, __doc__=None, __file__=str(file))
    exec(compile(file.read_bytes(), file, "exec"), vars(module))


if __name__ == "__main__":
    launch(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3:])
