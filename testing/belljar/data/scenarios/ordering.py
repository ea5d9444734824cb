"""`in_order`: tables so that a row comes after those that it refers to; circles stay together."""

from __future__ import annotations

from collections.abc import Mapping

from belljar.data.scenarios.wanted import Wanted

__all__ = ["in_order"]


def in_order(tables: Mapping[str, Wanted]) -> list[list[Wanted]]:
    """Return groups of tables; more than one in a group refer to each other. By name else."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[Wanted]] = []

    # Tarjan's: a group is complete when all that its tables refer to is.
    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for to in sorted({reference.to for reference in tables[name].table.references}):
            if to not in tables:
                continue
            if to not in index:
                visit(to)
                low[name] = min(low[name], low[to])
            elif to in stack:
                low[name] = min(low[name], index[to])
        if low[name] == index[name]:
            at = stack.index(name)
            groups.append([tables[member] for member in sorted(stack[at:])])
            del stack[at:]

    for name in sorted(tables):
        if name not in index:
            visit(name)
    return groups
