"""`Job`: what the process that runs a scenario tells the process that makes the load."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """Which scenario to drive, against what, how hard, for how long, and where to write."""

    scenario: str
    host: str
    users: int
    seconds: float
    warmup: float
    rate: float | None
    results: str

    def to_json(self) -> str:
        """The job as the driver's argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """The job of the driver's argument."""
        return cls(**json.loads(text))
