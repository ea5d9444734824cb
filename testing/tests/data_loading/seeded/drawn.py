"""A scenario in code, for the template of code_test."""

from __future__ import annotations

from belljar.data import Data


def drawn(data: Data) -> dict[str, list[dict[str, object]]]:
    """Customers with names that are the same in each build."""
    return {"customers": [{"id": n, "name": data.faker.first_name()[:20]} for n in range(1, 4)]}
