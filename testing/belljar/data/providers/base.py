"""`OwnProvider`: what Belljar's providers have in common: the locale, and an error for a choice that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from faker.providers import BaseProvider

from belljar.data.errors import CannotMeet, nearest

__all__ = ["OwnProvider"]


class OwnProvider(BaseProvider):
    """A provider whose methods know the locale that they draw for."""

    @property
    def _locale(self) -> str:
        config: dict[str, Any] = getattr(self.generator, "_Generator__config", {})
        return str(config.get("locale", "en_US"))

    @property
    def _country(self) -> str:
        return self._locale.rpartition("_")[2]

    def _draw(self, values: Iterable[str]) -> str:
        # Not random_element: it takes other paths for other types.
        listed = tuple(values)
        index: int = self.generator.random.randrange(len(listed))
        return listed[index]

    def _chosen(self, method: str, name: str, value: str, valid: Iterable[str]) -> str:
        listed = tuple(valid)
        if value in listed:
            return value
        near = nearest(value, listed, 1)
        raise CannotMeet(
            f"there is no {name} {value!r}",
            place=f"faker.{method}",
            choices=listed,
            fix=f"say {near[0]!r}" if near else f"take one of these, or leave {name} out",
        )
