"""`fields_of` and `is_mapped`: what an object of some library has in it, without importing that library."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["fields_of", "is_mapped"]


def is_mapped(made: object) -> bool:
    """Tell whether SQLAlchemy maps its class to a table."""
    return hasattr(type(made), "__mapper__") and hasattr(made, "_sa_instance_state")


def fields_of(made: object) -> dict[str, Any] | None:
    """Return the fields of a dataclass's or pydantic model's instance; None for anything else."""
    if dataclasses.is_dataclass(made) and not isinstance(made, type):
        return dataclasses.asdict(made)
    dump = getattr(type(made), "model_dump", None)
    if dump is not None and hasattr(type(made), "model_fields"):
        dumped: dict[str, Any] = dump(made)
        return dumped
    return None
