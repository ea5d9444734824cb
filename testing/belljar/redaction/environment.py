"""`conceal_variables`: the values of environment variables that are named as secret."""

from __future__ import annotations

import os
from collections.abc import Iterable, MutableMapping
from fnmatch import fnmatchcase

import belljar.redaction

__all__ = ["VARIABLE", "conceal_variables"]

# Names, as the ini option has them, for what runs without pytest.
VARIABLE = "BELLJAR_SECRETS"


def conceal_variables(
    patterns: Iterable[str] = (), environ: MutableMapping[str, str] = os.environ
) -> None:
    """Conceal what variables have that `patterns` or BELLJAR_SECRETS name: `TOKEN`, or `*_PASSWORD`."""
    wanted = [*patterns, *environ.get(VARIABLE, "").split()]
    for name, value in environ.items() if wanted else ():
        if any(fnmatchcase(name, pattern) for pattern in wanted):
            belljar.redaction.conceal(value, name)
