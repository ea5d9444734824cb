"""The main of every pytest target: Bazel's environment in, pytest out.

A generated file calls `main(Target(...))`. Nothing here is imported before it is needed: the search
path still has an entry a wheel when this module loads, and each import looks into all of them.
"""

from belljar.runner.target import Target

__all__ = ["Target", "main"]


def main(target: Target) -> int:
    """Gives the exit code of pytest's run of `target`."""
    from belljar.runner.run import run

    return run(target)
