"""`Wishes`: what a test's marker, or the run's options, say about its database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from belljar.databases.isolation.errors import BadIsolation
from belljar.databases.isolation.proof import KINDS
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
    snapshot: str = ""

    @classmethod
    def of(cls, marks: Mapping[str, Any], default: str) -> Wishes:
        """Return what the keywords of a marker say. Raises `BadIsolation`."""
        known = {"isolation", "proof", "name", "snapshot"}
        for keyword in marks:
            if keyword not in known:
                raise BadIsolation(
                    f"pytest.mark.database has no {keyword!r}; it has {', '.join(sorted(known))}, "
                    f"as in {_EXAMPLE}"
                )
        isolation = marks.get("isolation", default)
        if isolation not in ISOLATIONS:
            raise BadIsolation(
                f"isolation={isolation!r} is no rung; choose one of {', '.join(ISOLATIONS)}, "
                f"as in {_EXAMPLE}"
            )
        return cls(
            isolation=isolation,
            off=_off(marks.get("proof", True)),
            name=str(marks.get("name", "default")),
            snapshot=str(marks.get("snapshot", "")),
        )


def _off(proof: bool | Collection[str]) -> frozenset[str] | None:
    if proof is True:
        return frozenset()
    if proof is False:
        return None
    chosen = frozenset([proof] if isinstance(proof, str) else proof)
    unknown = sorted(chosen - set(KINDS))
    if unknown:
        raise BadIsolation(
            f"proof={unknown!r} leaves out checks that do not exist; there are: "
            f"{', '.join(sorted(KINDS))} (or proof=False for none at all)"
        )
    return chosen
