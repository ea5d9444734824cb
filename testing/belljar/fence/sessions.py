"""`Sessions`: the runs of pytest behind one filter, and what they ask of the supervisor.

There is more than one where pytest-xdist has workers, and where a test runs pytest itself. A breach goes
to the nearest: the session of the process's nearest ancestor that has one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from belljar.fence.breach import Breach
from belljar.fence.declared import Declared
from belljar.fence.errors import BadFenceSetting
from belljar.fence.family import Family
from belljar.fence.lookups import without_search
from belljar.fence.policy import Session

__all__ = ["Sessions"]


class Sessions:
    """Sessions by the process that opened them."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._by_pid: dict[int, Session] = {}

    def __bool__(self) -> bool:
        return bool(self._by_pid)

    def of(self, pid: int) -> Session:
        """Gives the session that process `pid` belongs to; there must be one at all."""
        if len(self._by_pid) > 1:
            for ancestor in self._family.chain(pid):
                if ancestor in self._by_pid:
                    return self._by_pid[ancestor]
        return next(iter(self._by_pid.values()))

    def obey(self, request: Mapping[str, Any], pid: int) -> dict[str, object]:
        """Gives the reply to a client's request; one that can't be met has an `error`."""
        match request.get("op"):
            case "session":
                # Again, by a pytest inside of a pytest's process: the same run.
                if pid not in self._by_pid:
                    self._by_pid[pid] = Session(
                        root=int(request["root"]),
                        private=bool(request["private"]),
                        folders=tuple(request["folders"]),
                        declared=Declared.from_json(request["declared"] or {}),
                        refuses=bool(request["refuses"]),
                        mark=str(request["mark"]),
                    )
                return {}
            case "surroundings":
                session = self.of(pid)
                return {
                    "root": session.root,
                    "private": session.private,
                    "folders": list(session.folders),
                    "mark": session.mark,
                }
            case "register":
                try:
                    self.of(pid).register(request["address"], request["label"], request["name"])
                except BadFenceSetting as error:
                    return {"error": str(error)}
            case "unregister":
                self.of(pid).unregister(request["address"])
            case "allow":
                self.of(pid).allow(request["source"], request["labels"])
            case "breaches":
                found = _told_once(self.of(pid).drained())
                return {"breaches": [dataclasses.asdict(breach) for breach in found]}
            case other:
                return {"error": f"the fence knows no request {other!r}"}
        return {}

    def end(self, pid: int) -> None:
        """Forgets the session of a process that is gone, except the last: orphans are judged by it."""
        if len(self._by_pid) > 1:
            self._by_pid.pop(pid, None)


def _told_once(breaches: list[Breach]) -> list[Breach]:
    """Leaves out the lookups of a name in the machine's domains, where the name itself was tried."""
    asked = {breach.host for breach in breaches if breach.kind == "lookup"}
    return [
        breach
        for breach in breaches
        if not breach.host
        or without_search(breach.host) == breach.host
        or without_search(breach.host) not in asked
    ]
