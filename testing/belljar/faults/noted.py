"""`Noted`: a call that was noted at a boundary which is watched; and `Notes`, the list of them.

    boundary = faults.boundary("payments")
    boundary.watch()
    ...
    boundary.calls()    # -> [Noted(call=Call("POST", "/v1/charges"), at=...), ...]

While nobody watches, noting a call is one comparison.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from belljar.faults.errors import ControlFailed
from belljar.faults.matching import Call

__all__ = ["Noted", "Notes", "noted_from_json", "noted_to_json"]

# Kept, from the first on: calls are counted from there.
MOST = 10_000


class Noted(NamedTuple):
    """A call, and when it came: by `time.monotonic`, which all processes of a machine have in common."""

    call: Call
    at: float


class Notes:
    """The calls at one boundary while it is watched, the first 10 000; any thread may add."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: list[Noted] | None = None

    @property
    def watching(self) -> bool:
        """Whether calls are noted."""
        return self._kept is not None

    def watch(self) -> None:
        """Begin to note calls; what was noted before is forgotten."""
        self._kept = []

    def forget(self) -> None:
        """Note no more calls, and forget those that were."""
        self._kept = None

    def add(self, call: Call) -> None:
        """Note a call, if there is somebody who watches."""
        kept = self._kept
        if kept is not None and len(kept) < MOST:
            kept.append(Noted(call, time.monotonic()))

    def calls(self) -> list[Noted]:
        """Give what was noted, in order."""
        return list(self._kept or ())


def noted_to_json(noted: Iterable[Noted]) -> str:
    """Give calls as the control API has them."""
    return json.dumps(
        {
            "calls": [
                {
                    "method": call.method,
                    "path": call.path,
                    "attributes": dict(call.attributes),
                    "at": at,
                }
                for call, at in noted
            ]
        }
    )


def noted_from_json(text: bytes, place: str) -> list[Noted]:
    """Give the calls that an answer of the control API has."""
    try:
        listed: list[dict[str, Any]] = json.loads(text)["calls"]
        return [
            Noted(Call(one["method"], one["path"], one["attributes"]), one["at"]) for one in listed
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ControlFailed(
            f"the answer has no calls: {type(error).__name__}: {error}: {text[:200]!r}",
            place=place,
            fix="build the service with the same version of Belljar",
        ) from None
