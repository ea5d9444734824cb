"""The main of every pytest target: Bazel's environment in, pytest out.

A generated file shortens the search path and calls `main(Target(...), PATH)`.
"""

from belljar.runner.target import Target

__all__ = ["Target", "main"]


def main(target: Target, path: list[str]) -> int:
    """Gives the exit code of pytest's run of `target`; `path` is the search path that Bazel made."""
    from belljar.runner.run import run

    return run(target, path)
