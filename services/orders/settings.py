"""`Settings`: everything that the process can be told, from `ORDERS_…` environment variables.

`load_settings` raises `BadSettings` with one line for each mistake: variable, value, what is wrong
and what to do. Secrets are never printed.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "ORDERS_"
Seconds = Annotated[float, Field(gt=0, le=600)]
_SECRET = ("API_KEY", "SECRET_KEY", "DATABASE_URL", "CACHE_URL")


# What each kind of neighbour needs; `fake`, in the memory of one process, needs nothing.
_NEEDED: dict[str, dict[str, tuple[str, ...]]] = {
    "payments": {"http": ("payments_url", "payments_api_key")},
    "storage": {
        "s3": ("storage_url", "storage_bucket", "storage_access_key", "storage_secret_key")
    },
    "emails": {"smtp": ("emails_host",)},
}


class BadSettings(Exception):
    """The environment's mistakes, one line each."""


class Settings(BaseSettings):
    """The settings of one process; `ORDERS_` and the upper-case field name is the variable."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    # A URL may have a password in it.
    database_url: Annotated[str, Field(examples=["postgresql://user@host/orders"], repr=False)]
    database_pool_size: Annotated[int, Field(ge=1, le=200)] = 10
    database_timeout: Seconds = 3.0
    migrate_on_start: bool = False
    cache_url: Annotated[str | None, Field(repr=False)] = None
    cache_timeout: Seconds = 0.25

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    socket_fd: Annotated[int, Field(ge=3)] | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    request_timeout: Seconds = 15.0
    breaker_failures: Annotated[int, Field(ge=1)] = 5
    breaker_cool_down: Seconds = 5.0
    shutdown_grace: Annotated[int, Field(ge=1)] = 20
    housekeeping: Literal["inside", "outside"] = "inside"
    housekeeping_interval: Annotated[float, Field(gt=0)] = 30.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    payments: Literal["http", "fake"] = "http"
    payments_url: str | None = None
    payments_api_key: SecretStr | None = None
    payments_timeout: Seconds = 2.0

    storage: Literal["s3", "fake"] = "s3"
    storage_url: str | None = None
    storage_bucket: str | None = None
    storage_region: str = "us-east-1"
    storage_access_key: str | None = None
    storage_secret_key: SecretStr | None = None
    storage_make_bucket: bool = False
    storage_timeout: Seconds = 2.0

    emails: Literal["smtp", "fake"] = "smtp"
    emails_host: str | None = None
    emails_port: Annotated[int, Field(ge=1, le=65535)] = 25
    emails_sender: str = "orders@localhost"
    emails_timeout: Seconds = 10.0

    @property
    def lease(self) -> timedelta:
        """How long whoever works on something keeps others from it; then it counts as dead."""
        # No request lives longer than this.
        return timedelta(seconds=self.request_timeout + 0.5)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend not in ("postgresql", "postgres", "sqlite"):
            raise ValueError(
                "is no database URL: use postgresql://user@host/orders or sqlite:///orders.db"
            )
        return value

    @field_validator("cache_url")
    @classmethod
    def _known_cache(cls, value: str | None) -> str | None:
        schemes = ("redis://", "rediss://", "valkey://", "valkeys://", "unix://")
        if value is not None and not value.startswith(schemes):
            raise ValueError(
                f"is no cache URL: begin with one of {', '.join(schemes)}, or leave it unset"
            )
        return value

    @field_validator("workers")
    @classmethod
    def _possible_here(cls, value: int) -> int:
        if value > 1 and not hasattr(os, "fork"):
            raise ValueError("this system cannot fork workers: leave it at 1")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        mistakes = _missing(lambda field: getattr(self, field)) + self._unshared()
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    def _unshared(self) -> list[str]:
        if self.workers == 1:
            return []
        return [
            f"{variable(choice)}=fake lives in the memory of one process, but "
            f"{variable('workers')}={self.workers} makes several: "
            f"set {variable(choice)}={next(iter(kinds))} and where it is, or one worker"
            for choice, kinds in _NEEDED.items()
            if getattr(self, choice) == "fake"
        ]


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def load_settings() -> Settings:
    """The settings in the environment; raises `BadSettings` with every mistake at once."""
    known = [variable(field) for field in Settings.model_fields]
    lines = []
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}"
            lines.append(f"{name} is no setting: {hint}")
    try:
        settings = Settings.model_validate({})  # the environment fills it in
    except ValidationError as error:
        for mistake in error.errors():
            lines.extend(_explain(mistake["loc"], mistake["type"], mistake["msg"]))
        if all(mistake["loc"] for mistake in error.errors()):
            # Whole settings are only checked when each of them is sound: tell that now, too.
            lines.extend(_missing(_in_environment))
    if lines:
        raise BadSettings("\n".join(lines))
    return settings


def _missing(value_of: Callable[[str], object]) -> list[str]:
    return [
        f"{variable(name)} is not set, but {variable(choice)}={kind} needs it: "
        f"set it, or set {variable(choice)}=fake to try the service alone"
        for choice, kinds in _NEEDED.items()
        for kind, names in kinds.items()
        for name in names
        if value_of(choice) == kind and value_of(name) is None
    ]


def _in_environment(field: str) -> object:
    return os.environ.get(variable(field), Settings.model_fields[field].default)


def _explain(location: tuple[int | str, ...], kind: str, message: str) -> list[str]:
    message = message.removeprefix("Value error, ")
    if not location:
        return message.splitlines()
    name = variable(str(location[0]))
    if kind == "missing":
        examples = Settings.model_fields[str(location[0])].examples or ["a value"]
        return [f"{name} is not set and has no default: set it, such as {examples[0]}"]
    secret = name.endswith(_SECRET)
    shown = "(not shown: it may hold a password)" if secret else repr(os.environ.get(name))
    return [f"{name} {shown}: {message[:1].lower()}{message[1:]}"]
