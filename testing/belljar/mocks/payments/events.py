"""The endpoints under `/v1/events` and `/v1/webhook_endpoints`, and `shown_event`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.checks import boolean, merged_metadata, required, text, texts
from belljar.mocks.payments.defaults import Rendered
from belljar.mocks.payments.errors import invalid, missing_parameter, no_such
from belljar.mocks.payments.lists import CURSORS, cut, page, within
from belljar.mocks.payments.records import render
from belljar.mocks.payments.state import Event, Record, State
from belljar.mocks.payments.versions import LATEST, VERSIONS

__all__ = ["shown_event", "wants"]

_PRINTED = re.compile(r"[!-~]+")
_EVENT = re.compile(r"[a-z_0-9]+(\.[a-z_0-9]+)+")


def shown_event(state: State, event: Event, version: str | None = None) -> Rendered:
    """An event as the API and webhooks show it."""
    snapshot = render({**event.snapshot, "deleted": None})
    snapshot.pop("deleted", None)
    data: Rendered = {"object": snapshot}
    if event.previous is not None:
        data["previous_attributes"] = event.previous
    endpoints = state.collections["webhook_endpoint"].values()
    return {
        "id": event.id,
        "object": "event",
        "api_version": version or LATEST,
        "created": event.created,
        "data": data,
        "livemode": False,
        "pending_webhooks": sum(wants(one, event.type) for one in endpoints),
        "request": {"id": event.request, "idempotency_key": event.key},
        "type": event.type,
    }


def wants(hook: Record, kind: str) -> bool:
    """Whether an endpoint is told of events of that type."""
    if hook.get("deleted") or hook.get("status", "enabled") != "enabled":
        return False
    return kind in hook["enabled_events"] or "*" in hook["enabled_events"]


@endpoint("GET /v1/events/:id")
def event(call: Call) -> Record:
    """One event."""
    found = call.state.events.get(call.id)
    if found is None:
        raise no_such("event", call.id)
    return shown_event(call.state, found)


@endpoint("GET /v1/events", f"{CURSORS} created delivery_success type types")
def events(call: Call) -> Listed:
    """Events, newest first."""
    state, params = call.state, call.params
    kind, kinds = text(params, "type"), texts(params, "types")
    if kind and kinds:
        raise invalid("You may only specify one of these parameters: type, types.", "type")
    created = within(params)

    def wanted(one: Event) -> bool:
        if not created(one.created) or (kinds is not None and one.type not in kinds):
            return False
        if kind is None:
            return True
        return one.type.startswith(kind[:-1]) if kind.endswith("*") else one.type == kind

    return cut(
        call,
        filter(wanted, reversed(state.events.values())),
        lambda identifier: identifier in state.events,
        "event",
        lambda one: shown_event(state, one),
    )


@endpoint(
    "POST /v1/webhook_endpoints", "api_version connect description enabled_events metadata url"
)
def create(call: Call) -> Record:
    """Make an endpoint; this answer alone has its secret."""
    state, params = call.state, call.params
    version = text(params, "api_version")
    if version is not None and version not in VERSIONS:
        raise invalid(f"Invalid API version: {version}", "api_version")
    if "enabled_events" not in params:
        raise missing_parameter("enabled_events")
    changes = _fields(params, {})
    required(params, "url")
    identifier = state.new_id("we_1", 23)
    record: Record = {
        "id": identifier,
        "object": "webhook_endpoint",
        "created": state.now(),
        "api_version": version,
        **changes,
    }
    state.put(record)
    secret = state.secrets[identifier] = "whsec_" + state.random(f"hook {identifier}", 32)
    return {**record, "secret": secret}


@endpoint("GET /v1/webhook_endpoints/:id")
def retrieve(call: Call) -> Record:
    """One endpoint, without its secret."""
    return call.state.get("webhook_endpoint", call.id)


@endpoint("POST /v1/webhook_endpoints/:id", "description disabled enabled_events metadata url")
def update(call: Call) -> Record:
    """Change an endpoint."""
    old = call.state.get("webhook_endpoint", call.id)
    changes = _fields(call.params, old)
    disabled = boolean(call.params, "disabled")
    if disabled is not None:
        changes["status"] = "disabled" if disabled else "enabled"
    return call.state.change(old, **changes)


@endpoint("DELETE /v1/webhook_endpoints/:id")
def delete(call: Call) -> Record:
    """Delete an endpoint; what was not delivered to it is given up."""
    return call.state.change(call.state.get("webhook_endpoint", call.id), deleted=True)


@endpoint("GET /v1/webhook_endpoints", CURSORS)
def list_all(call: Call) -> Listed:
    """Endpoints, newest first."""
    return page(call, "webhook_endpoint")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(_PRINTED.fullmatch(url) and parts.hostname and parts.port != 0)
    except ValueError:  # brackets that do not match, a port that is none
        return False


def _fields(params: Record, old: Record) -> Record:
    changes: Record = {}
    if "url" in params:
        url = required(params, "url")
        if not url.startswith(("http://", "https://")):
            raise invalid(
                "Invalid URL: An explicit scheme (such as https) must be provided.",
                "url",
                "url_invalid",
            )
        if not _is_address(url):
            raise invalid("Invalid URL: Not a valid URL.", "url", "url_invalid")
        changes["url"] = url
    kinds = texts(params, "enabled_events")
    if kinds is not None:
        for number, kind in enumerate(kinds):
            if kind != "*" and not _EVENT.fullmatch(kind):
                raise invalid(
                    f"Invalid enabled_events[{number}]: {kind} is no type of event",
                    f"enabled_events[{number}]",
                )
        if not kinds:
            raise invalid("enabled_events needs at least one type of event, or *", "enabled_events")
        changes["enabled_events"] = kinds
    if "description" in params:
        changes["description"] = text(params, "description")
    metadata = merged_metadata(old.get("metadata", {}), params)
    if metadata is not None:
        changes["metadata"] = metadata
    return changes
