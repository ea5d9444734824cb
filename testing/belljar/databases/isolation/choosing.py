"""Which template and which rung a test's database has, by its markers, its services and what is declared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from belljar.databases.errors import TemplateNotDeclared
from belljar.databases.isolation.given import template_given
from belljar.databases.isolation.options import Wishes

if TYPE_CHECKING:
    from belljar.databases.isolation.graph_rung import GraphRung
    from belljar.databases.isolation.rung import Rung
    from belljar.databases.isolation.working import Source
    from belljar.databases.template import PostgresTemplate

__all__ = ["FLOOR", "TEMPLATES", "rung_for", "shared_rung", "template_for"]

# Why a test runs for the second time.
FLOOR = pytest.StashKey[str]()
# By name, for the whole run.
TEMPLATES = pytest.StashKey[dict[str, "PostgresTemplate | None"]]()


def template_for(request: pytest.FixtureRequest, name: str) -> PostgresTemplate | None:
    """Return the template of the database `name`; None is an empty one. Raises `TemplateNotDeclared`."""
    known = request.config.stash[TEMPLATES]
    if name not in known:
        from belljar.databases.template import PostgresTemplate

        declared = PostgresTemplate.declared(name)
        if declared is None:
            # A folder's own may differ from the next folder's.
            return template_given(request.getfixturevalue("database_template"), name)
        known[name] = declared
    return known[name]


def shared_rung(request: pytest.FixtureRequest, name: str) -> GraphRung | None:
    """Return the database of the services that the test uses, unless it asks for another rung."""
    from belljar.databases.isolation.graph_rung import FIXTURE, shared_with_services

    marks = request.node.iter_markers("database")
    chosen = any(mark.kwargs.get("isolation", "auto") != "auto" for mark in marks)
    if chosen or FIXTURE not in request.fixturenames:
        return None
    try:
        template = template_for(request, name)
    except TemplateNotDeclared:
        template = None  # the services may have one of that name
    return shared_with_services(request, template, name)


def rung_for(
    wishes: Wishes,
    source: Source,
    template: PostgresTemplate | None,
    request: pytest.FixtureRequest,
) -> Rung:
    """Return the rung that the test wishes, or the one that it has climbed to."""
    floor = request.node.stash.get(FLOOR, "")
    if floor or wishes.isolation == "template":
        from belljar.databases.isolation.template_rung import TemplateRung

        return TemplateRung(source, floor)
    if wishes.isolation == "schema":
        from belljar.databases.isolation.schema_rung import SchemaRung

        return SchemaRung(source, wishes.off)
    if wishes.isolation == "server":
        from belljar.databases.isolation.template_rung import ServerRung

        log: Path = request.getfixturevalue("tmp_path") / "postgres.log"
        return ServerRung(template, log)
    from belljar.databases.isolation.rollback import RollbackRung

    return RollbackRung(source, may_climb=wishes.isolation == "auto", off=wishes.off)
