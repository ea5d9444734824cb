"""`Fault`: what happens at one call, with everything drawn; and `Happening`, the note of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from belljar.faults.kind import Kind, kind_named

__all__ = ["Fault", "Happening"]


@dataclass(frozen=True)
class Fault:
    """A fault that is due: its kind, its whole parameters, and which rule and call it is of."""

    kind: str
    values: Mapping[str, Any]
    on: str
    index: int
    number: int

    @property
    def definition(self) -> Kind:
        """The kind itself."""
        return kind_named(self.kind)

    @property
    def instead(self) -> bool:
        """Whether it comes in place of the work."""
        return self.definition.instead

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __str__(self) -> str:
        return f"{self.kind} (faults[{self.index}], call {self.number})"


@dataclass(frozen=True)
class Happening:
    """A fault that happened: `seconds` after its rule was planned, to the call that is described."""

    fault: Fault
    call: str
    seconds: float
    # By the engine's clock: in which order things happened at several boundaries.
    at: float = 0.0

    def __str__(self) -> str:
        return f"{self.seconds:8.3f} s  {self.fault.on}: {self.call}: {self.fault}"
