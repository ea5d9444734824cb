"""The main of every pytest target: Bazel's environment in, pytest out.

A generated file calls `main(Target(...))`. Nothing here is imported before it is needed: the search
path still has an entry a wheel when this module loads, and each import looks into all of them.
"""

import sys

from belljar.runner.target import Target

__all__ = ["Target", "main"]


def main(target: Target) -> int:
    """Gives the exit code of pytest's run of `target`."""
    # What the runner needs before the path is flattened is its own and the standard library's:
    # looking for that in every wheel first took a tenth of a second with eighty of them.
    path = sys.path[:]
    wheels = {entry for entry in path if entry.endswith("site-packages")}
    roots = {entry.rpartition("/")[0] for entry in wheels}
    sys.path[:] = [entry for entry in path if entry not in wheels and entry not in roots]

    from belljar.runner.run import run

    return run(target, path)
