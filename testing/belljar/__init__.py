"""Belljar: the testing library of a hermetic test platform for Python service monorepos.

Each part is a package of its own, imported when used; this one gives only the version.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
