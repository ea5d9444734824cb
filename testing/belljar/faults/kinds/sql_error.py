"""`sql_error`: a statement or a commit fails in the database; nothing is done."""

from __future__ import annotations

import re

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []

# Those of PEP 249.
ERRORS = (
    "OperationalError",
    "IntegrityError",
    "DataError",
    "InternalError",
    "ProgrammingError",
    "NotSupportedError",
    "InterfaceError",
    "DatabaseError",
)


def _check(values: Values) -> str:
    state = values["sqlstate"]
    if state and not re.fullmatch("[0-9A-Z]{5}", state):
        return f"sqlstate is {state!r}, and five digits or capitals are expected, as in 40001"
    return ""


register(
    Kind(
        name="sql_error",
        summary="lets a statement or a commit fail in the database",
        fits=("sql", "postgres"),
        parameters=(
            Parameter("error", str, "OperationalError", "the driver's exception", choices=ERRORS),
            Parameter("sqlstate", str, "", "PostgreSQL's code, which then chooses the exception"),
            Parameter("message", str, "", "what it says"),
        ),
        instead=True,
        check=_check,
    )
)
