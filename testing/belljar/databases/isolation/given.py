"""Which template a database is made from under plain pytest: of what the fixture `database_template` gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from belljar.databases.errors import TemplateNotDeclared

if TYPE_CHECKING:
    from belljar.databases.template import PostgresTemplate

__all__ = ["template_given"]

_FIXTURE = "database_template"


def template_given(given: object, name: str) -> PostgresTemplate | None:
    """Return the template of the database `name`; None is an empty one.

    `given` is one template for all names, None, or a mapping of names to them. Raises `TemplateNotDeclared` for
    anything else, and for a name that the mapping doesn't have.
    """
    from belljar.databases.template import PostgresTemplate

    if isinstance(given, Mapping):
        if name not in given:
            raise TemplateNotDeclared(
                f"no database {name!r} is in what the fixture {_FIXTURE} gives "
                f"(there: {', '.join(map(repr, given)) or 'none'})\n"
                f"  fix: add it there, or name another one: @pytest.mark.database(name=...)"
            )
        given = given[name]
    if given is None or isinstance(given, PostgresTemplate):
        return given
    raise TemplateNotDeclared(
        f"the fixture {_FIXTURE} gives {given!r} for the database {name!r}, and no template\n"
        "  fix: let it give PostgresTemplate.build(...), a dict of names to such templates, or None for "
        "empty databases"
    )
