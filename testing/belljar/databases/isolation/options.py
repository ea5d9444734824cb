"""`Wishes`: what a test's marker, or the run's options, say about its database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from belljar.databases.isolation.errors import BadIsolation
from belljar.databases.isolation.rung import RUNGS

__all__ = ["ISOLATIONS", "Wishes"]

ISOLATIONS = ("auto", *RUNGS)
_EXAMPLE = '@pytest.mark.database(isolation="template")'


@dataclass(frozen=True)
class Wishes:
    """`off`: checks of the proof that are left out; None: all of them."""

    isolation: str = "auto"
    off: frozenset[str] | None = frozenset()
    name: str = "default"

    @classmethod
    def of(cls, marks: Mapping[str, Any]) -> Wishes:
        """Return what the keywords of a marker say. Raises `BadIsolation`."""
        known = {"isolation", "proof", "name"}
        for keyword in marks:
            if keyword not in known:
                raise BadIsolation(
                    f"pytest.mark.database has no {keyword!r}; it has {', '.join(sorted(known))}, "
                    f"as in {_EXAMPLE}"
                )
        isolation = marks.get("isolation", "auto")
        if isolation not in ISOLATIONS:
            raise BadIsolation(
                f"isolation={isolation!r} is no rung; choose one of {', '.join(ISOLATIONS)}, "
                f"as in {_EXAMPLE}"
            )
        return cls(
            isolation=isolation,
            off=_off(marks.get("proof", True)),
            name=str(marks.get("name", "default")),
        )


def _off(proof: bool | Collection[str]) -> frozenset[str] | None:
    if proof is True:
        return frozenset()
    if proof is False:
        return None
    if not isinstance(proof, Collection):
        raise BadIsolation(
            f"proof={proof!r}: write True, False, or a set of the checks to leave out, such as "
            '{"sessions"}'
        )
    # Not needed by most tests, and a fiftieth of a second.
    from belljar.databases.isolation.proof import known

    return known([proof] if isinstance(proof, str) else proof)
