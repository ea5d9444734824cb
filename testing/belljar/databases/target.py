"""`Target`: the database that migrations and seeds are run on, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

__all__ = ["Target"]


@dataclass(frozen=True)
class Target:
    """`url` is what programs get as DATABASE_URL, `environment` what they get besides."""

    url: str
    environment: Mapping[str, str]

    @property
    def sqlalchemy_url(self) -> str:
        """The URL with a driver that is installed, psycopg 3 if possible."""
        scheme, _, rest = self.url.partition("://")
        drivers = {"psycopg": "psycopg", "psycopg2": "psycopg2", "asyncpg": "asyncpg"}
        if scheme == "postgresql":
            for module, driver in drivers.items():
                if find_spec(module):
                    return f"{scheme}+{driver}://{rest}"
        return self.url
