"""`toxics_for`: the toxics that stand for a fault of a plan, so that `belljar.faults` can drive a proxy.

    for body in toxics_for(rule.to_json(), family="postgres"):
        proxy.add_toxic(body)          # or POST it to /proxies/NAME/toxics

It takes a fault as JSON has it, `{"on", "match", "kind", "with", "when"}`, and gives the bodies of
requests. Times are seconds in plans and milliseconds in toxics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from belljar.mocks.proxy.errors import BadFault
from belljar.mocks.proxy.noise import USUAL

__all__ = ["FAMILIES", "toxic_for", "toxics_for"]

FAMILIES = ("tcp", "postgres", "valkey")

Given = Mapping[str, Any]
Toxic = dict[str, Any]

# A SQLSTATE that drivers turn into the exception of PEP 249.
_STATES = {
    "DataError": "22000",
    "DatabaseError": "P0001",
    "IntegrityError": "23505",
    "InternalError": "XX000",
    "NotSupportedError": "0A000",
    "OperationalError": "40001",
    "ProgrammingError": "42601",
}


def toxics_for(rule: Mapping[str, Any], family: str = "") -> list[Toxic]:
    """Return the bodies of the toxics that stand for a fault; raises `BadFault` where none does.

    `family` is that of the fault's boundary; without one, `on` names it. Usually there is one toxic;
    calls that are named one by one have one for each run of them.
    """
    family = family or str(rule.get("on", ""))
    kind = str(rule.get("kind", ""))
    toxic = toxic_for(kind, rule.get("with", {}), family)
    attributes = toxic["attributes"]
    match = rule.get("match", {})
    if family == "tcp":
        # The way that the bytes go: what a client sends, or what it is answered.
        if match.get("direction") in ("upstream", "downstream"):
            toxic["stream"] = match["direction"]
    elif toxic["type"] in ("postgres", "valkey"):
        attributes |= _matching(family, match, attributes)
    elif match:
        raise BadFault(
            f"fault {kind!r} at {family} matches {', '.join(match)}",
            "leave match out: bytes are slowed down for whole connections",
        )
    when = dict(rule.get("when", {}))
    attributes |= {
        clock: when[clock] for clock in ("from_s", "until_s") if when.get(clock) is not None
    }
    if when.get("probability") is not None:
        toxic["toxicity"] = when["probability"]
    return [
        toxic | {"name": f"{toxic['type']}_{kind}_{number}", "attributes": attributes | counted}
        for number, counted in enumerate(_counts(when), 1)
    ]


def toxic_for(kind: str, values: Given, family: str) -> Toxic:
    """Return the body of the toxic that does what this kind of fault does, to whatever it happens."""
    if family not in FAMILIES:
        raise BadFault(
            f"fault {kind!r} is on {family!r}", f"a proxy has faults of {', '.join(FAMILIES)}"
        )
    make = (_TCP if family == "tcp" else _SPOKEN).get(kind)
    if make is None:
        known = sorted(_TCP if family == "tcp" else _SPOKEN)
        raise BadFault(f"fault {kind!r} has no toxic at {family}", f"use {', '.join(known)}")
    return make(values, family)


def _counts(when: Given) -> list[Toxic]:
    times, calls = when.get("times"), when.get("calls")
    if calls is None:
        return [
            ({"skip": when["skip"]} if when.get("skip") else {})
            | ({"times": times} if times is not None else {})
        ]
    runs: list[Toxic] = []
    for call in sorted(set(calls))[:times]:
        if runs and runs[-1]["skip"] + runs[-1]["times"] == call - 1:
            runs[-1]["times"] += 1
        else:
            runs.append({"skip": call - 1, "times": 1})
    return runs


def _matching(family: str, match: Given, attributes: Given) -> Toxic:
    """Return the attributes that mean the same statements or commands."""
    if attributes.get("on") == "connect":
        if match:
            raise BadFault(
                f"fault 'refuse' matches {', '.join(match)}",
                "leave match out: a connection comes before what is said on it",
            )
        return {}
    if family == "postgres":
        if list(match) == ["verb"] and str(match["verb"]).lower() == "commit":
            return {"on": "commit"}
        parts = ""
        if "verb" in match:
            parts += rf"(?=\s*{_wild(match['verb'])}(?![A-Za-z_]))"
        if "statement" in match:
            parts += rf"(?={_wild(match['statement'])}\Z)"
        return {"regex": rf"(?is)\A{parts}"} if parts else {}
    found: Toxic = {}
    if "command" in match:
        found["regex"] = rf"(?is)\A{_wild(match['command'])}(?=\s|\Z)"
    if "key" in match:
        # Only * is wild in a plan.
        found["key"] = str(match["key"]).replace("[", "[[]").replace("?", "[?]")
    return found


def _wild(text: object) -> str:
    return ".*".join(re.escape(part) for part in str(text).split("*"))


def _toxic(type: str, *, stream: str = "downstream", **attributes: object) -> Toxic:
    return {"type": type, "stream": stream, "attributes": attributes}


def _milliseconds(given: Given) -> Toxic:
    if given.get("distribution", "uniform") != "uniform" and given.get("jitter"):
        raise BadFault(
            f"fault 'latency' has distribution {given['distribution']!r}",
            "toxics know the uniform one",
        )
    return {
        "latency": round(given["mean"] * 1000),
        "jitter": round(given.get("jitter", 0) * 1000),
    }


def _tcp_cut(given: Given, family: str) -> Toxic:
    if given.get("how", "close") == "reset":
        raise BadFault("fault 'cut' has how 'reset' at tcp", "limit_data closes: use how 'close'")
    return _toxic("limit_data", bytes=given["after"])


def _tcp_lost(given: Given, family: str) -> Toxic:
    how = given.get("how", "reset")
    if how == "close":
        return _toxic("limit_data", bytes=0)
    return _toxic("timeout" if how == "timeout" else "reset_peer", timeout=0)


def _refused(given: Given, family: str) -> Toxic:
    if family == "postgres":
        return _toxic("postgres", on="connect", action="drop")
    return _toxic("valkey", action="drop", per="connection")


def _lost(given: Given, family: str) -> Toxic:
    how = given.get("how", "reset")
    return _toxic(family, action="lose_answer", how="hang" if how == "timeout" else how)


def _cut(given: Given, family: str) -> Toxic:
    # Of a reply nothing may pass; of a result a cut after no bytes is half a row for the toxic.
    if family == "postgres" and not given["after"]:
        return _toxic(family, action="lose_answer", how=given.get("how", "close"))
    return _toxic(family, action="cut", bytes=given["after"], how=given.get("how", "close"))


def _sql_error(given: Given, family: str) -> Toxic:
    if family != "postgres":
        raise BadFault(f"fault 'sql_error' is at {family}", "use it at postgres")
    error = given.get("error", "OperationalError")
    state = given.get("sqlstate") or _STATES.get(error)
    if not state:
        raise BadFault(
            f"fault 'sql_error' has error {error!r}: no server can send that",
            f"use {', '.join(_STATES)}, or a sqlstate",
        )
    said = {"message": given["message"]} if given.get("message") else {}
    return _toxic("postgres", action="error", sqlstate=state, **said)


def _valkey_error(given: Given, family: str) -> Toxic:
    if family != "valkey":
        raise BadFault(f"fault 'valkey_error' is at {family}", "use it at valkey")
    return _toxic("valkey", action="error", error=given.get("message", "LOADING"))


def _slow(given: Given, family: str) -> Toxic:
    return _toxic("bandwidth", rate=max(round(given["bytes_per_second"] / 1000), 1))


def _sliced(given: Given, family: str) -> Toxic:
    delay = round(given.get("delay", 0) * 1e6)
    return _toxic("slicer", average_size=given["size"], size_variation=0, delay=delay)


_Make = Callable[[Given, str], Toxic]

_TCP: dict[str, _Make] = {
    "cut": _tcp_cut,
    "latency": lambda given, family: _toxic("latency", **_milliseconds(given)),
    "lose_answer": _tcp_lost,
    "refuse": lambda given, family: _toxic("reset_peer", stream="upstream", timeout=0),
    "reset": lambda given, family: _toxic("reset_peer", stream="upstream", timeout=0),
    "slice": _sliced,
    "slow": _slow,
    "timeout": lambda given, family: _toxic("timeout", stream="upstream", timeout=0),
}
_SPOKEN: dict[str, _Make] = {
    "cut": _cut,
    "garbage": lambda given, family: _toxic(
        family, action="garbage", bytes=given.get("size", USUAL)
    ),
    "latency": lambda given, family: _toxic(family, action="delay", **_milliseconds(given)),
    "lose_answer": _lost,
    "refuse": _refused,
    "reset": lambda given, family: _toxic(family, action="drop"),
    "slice": _sliced,
    "slow": _slow,
    "sql_error": _sql_error,
    "timeout": lambda given, family: _toxic(family, action="hang"),
    "valkey_error": _valkey_error,
}
