"""The families of boundaries: what a fault may happen to, and what its calls are told apart by.

A boundary has a name of its own (`payments`) and is of one family (`http`). The in-process points are
named like their families.
"""

from __future__ import annotations

from dataclasses import dataclass

from belljar.faults.errors import BadPlan

__all__ = ["FAMILIES", "HTTP_LIKE", "Family", "family_named"]


@dataclass(frozen=True)
class Family:
    """A family: what its calls are, and the keys of `match` that they have."""

    name: str
    calls: str
    keys: tuple[str, ...]


FAMILIES = {
    family.name: family
    for family in (
        Family("http", "requests to a mock service", ("method", "path", "query")),
        Family(
            "storage", "requests to an S3 mock", ("method", "path", "operation", "bucket", "key")
        ),
        Family("webhook", "deliveries by a mock service", ("event", "path")),
        Family("smtp", "commands to a mail server", ("command", "sender", "recipient")),
        Family("tcp", "connections through a proxy", ("direction",)),
        Family("postgres", "statements through a proxy", ("statement", "verb")),
        Family("valkey", "commands through a proxy", ("command", "key")),
        Family("process", "processes", ()),
        Family("client", "HTTP requests of the test's process", ("method", "path", "host")),
        Family("sql", "SQLAlchemy in the test's process", ("method", "statement", "verb")),
        Family("subprocess", "programs that the test's process starts", ("program", "arguments")),
        Family("file", "files that the test's process uses", ("operation", "path")),
    )
}

# What answers in HTTP.
HTTP_LIKE = ("http", "storage", "client")


def family_named(name: str, place: str = "") -> Family:
    """Give the family of that name."""
    try:
        return FAMILIES[name]
    except KeyError:
        raise BadPlan(
            f"{name!r} is no family of boundaries", place=place, choices=FAMILIES
        ) from None
