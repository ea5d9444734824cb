"""`render`: an object of the state as the API shows it, with what is asked to be expanded.

A record has only what differs from its kind's defaults: thousands of payments fit in little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from belljar.mocks.payments.defaults import DEFAULTS, Rendered
from belljar.mocks.payments.errors import invalid

if TYPE_CHECKING:
    from belljar.mocks.payments.state import Record, State

__all__ = ["expand", "render"]

# Which fields hold the id of what.
LINKS: dict[str, dict[str, str]] = {
    "customer": {},
    "payment_method": {"customer": "customer"},
    "payment_intent": {
        "customer": "customer",
        "payment_method": "payment_method",
        "latest_charge": "charge",
    },
    "setup_intent": {"customer": "customer", "payment_method": "payment_method"},
    "charge": {
        "customer": "customer",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
    },
    "refund": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
    },
    "balance_transaction": {"source": "charge"},
    "webhook_endpoint": {},
}

DEPTH = 4


def render(record: Record) -> Rendered:
    """The whole object."""
    if record.get("deleted"):
        return {"id": record["id"], "object": record["object"], "deleted": True}
    return {**DEFAULTS[record["object"]], **record}


def expand(state: State, rendered: Rendered, paths: Iterable[str]) -> Rendered:
    """The object, or the list of them, with ids replaced by objects where the paths lead."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH + 1:
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        if rendered.get("object") in ("list", "search_result"):
            if steps[0] != "data":
                raise _impossible(path)
            for one in rendered["data"]:
                _follow(state, one, steps[1:], path)
        else:
            _follow(state, rendered, steps, path)
    return rendered


def _follow(state: State, here: Rendered, steps: list[str], path: str) -> None:
    if not steps:
        raise _impossible(path)
    step, rest = steps[0], steps[1:]
    kind = str(here.get("object", ""))
    if kind == "charge" and step == "refunds":
        here.setdefault("refunds", _refunds_of(state, here["id"]))
        if rest[:1] == ["data"]:
            for one in here["refunds"]["data"]:
                _follow(state, one, rest[1:], path)
        return
    if kind == "customer" and step == "invoice_settings" and rest[:1] == ["default_payment_method"]:
        settings = here["invoice_settings"] = dict(here["invoice_settings"])
        _replace(state, settings, "default_payment_method", "payment_method", rest[1:], path)
        return
    linked = LINKS.get(kind, {}).get(step)
    if linked is None:
        if step not in ("default_source", "latest_attempt", "review", "application"):
            raise _impossible(path)
        return  # can be expanded, and is nothing here
    _replace(state, here, step, linked, rest, path)


def _replace(
    state: State, here: Rendered, step: str, kind: str, rest: list[str], path: str
) -> None:
    value = here[step]
    if isinstance(value, str):
        if kind == "charge" and value.startswith("re_"):
            kind = "refund"  # the source of a balance transaction
        found = state.collections[kind].get(value)
        if found is None:
            return
        value = here[step] = render(found)
    if rest and isinstance(value, dict):
        _follow(state, value, rest, path)


def _refunds_of(state: State, charge: str) -> Rendered:
    refunds = [one for one in state.collections["refund"].values() if one["charge"] == charge]
    return {
        "object": "list",
        "data": [render(one) for one in reversed(refunds)][:10],
        "has_more": len(refunds) > 10,
        "url": f"/v1/charges/{charge}/refunds",
    }


def _impossible(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", "expand")
