"""For servers: the answer of `/_belljar/ns/NAMESPACE/faults`, whatever the server is made of.

status, body = answer_control({"payments": engines, "payments.webhooks": others}, method, namespace, query, body)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from belljar.faults.engine import Engines, FaultEngine
from belljar.faults.errors import FaultError
from belljar.faults.noted import noted_to_json
from belljar.faults.plan import Plan

__all__ = ["answer_control"]

# A plan with thousands of pinned calls is far below.
LARGEST = 4 * 1024 * 1024


def answer_control(
    boundaries: Mapping[str, Engines], method: str, namespace: str, query: str, body: bytes
) -> tuple[int, bytes]:
    """Give status and JSON body for a request to the control API; it never raises.

    PUT takes a plan, GET gives the record, DELETE forgets. `?boundary=NAME` chooses one of the server's
    boundaries; without it, PUT and DELETE are for all, and GET for the first. With `?calls=1`, PUT begins to
    note calls, GET gives those since then, DELETE ends it.
    """
    try:
        words = parse_qs(query)
        asked = words.get("boundary", [""])[0]
        if asked and asked not in boundaries:
            raise FaultError(f"no boundary {asked!r} here", choices=boundaries)
        chosen = [boundaries[asked]] if asked else list(boundaries.values())
        if words.get("calls"):
            return _calls([engines[namespace] for engines in chosen], method)
        if method == "GET":
            return 200, chosen[0][namespace].record().dumps().encode()
        if method == "PUT":
            if len(body) > LARGEST:
                raise FaultError(f"the plan has {len(body)} bytes", choices=[f"up to {LARGEST}"])
            plan = Plan.loads(body, "the plan")
            for engines in chosen:
                engines[namespace].update(plan)
            return 200, b"{}"
        if method == "DELETE":
            for engines in chosen:
                engines.clear(namespace)
            return 200, b"{}"
    except FaultError as error:
        return 400, _error(str(error), error.fix)
    return 405, _error(f"{method} is not for fault plans", "use PUT, GET or DELETE")


def _calls(engines: list[FaultEngine], method: str) -> tuple[int, bytes]:
    if method == "GET":
        return 200, noted_to_json(engines[0].calls()).encode()
    if method not in ("PUT", "DELETE"):
        return 405, _error(f"{method} is not for calls", "use PUT, GET or DELETE")
    for engine in engines:
        if method == "PUT":
            engine.watch()
        else:
            engine.forget()
    return 200, b"{}"


def _error(message: str, fix: str) -> bytes:
    return json.dumps({"error": {"message": message, "fix": fix}}).encode()
