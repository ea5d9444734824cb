"""`TestSettings`: the base of a team's settings class, and what Belljar itself reads."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from belljar.config.origin import Origin

__all__ = ["CacheSettings", "DatabaseSettings", "Section", "TestSettings"]


class Section(BaseModel):
    """A section of settings: it takes no other keys than its own, and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Section):
    """What the fixtures of databases read."""

    url: SecretStr | None = None
    """An existing PostgreSQL server in place of our own; as BELLJAR_POSTGRES_URL."""
    pool_size: Annotated[int, Field(ge=1, le=200)] = 5
    """How many connections `database.engine` keeps open, where it has a pool."""


class CacheSettings(Section):
    """What the fixture `valkey` reads."""

    url: SecretStr | None = None
    """An existing Valkey server in place of our own; as BELLJAR_VALKEY_URL."""


class TestSettings(BaseSettings):
    """Typed settings of tests; a team's class adds sections of its own.

        class Payments(Section):
            url: str = "http://127.0.0.1:8080"
            api_key: SecretStr

        class OrdersTestSettings(TestSettings):
            payments: Payments

    Made by hand it has what it is given, and defaults; `belljar.config.load` looks into the layers.
    """

    # pytest would take it for tests.
    __test__: ClassVar[bool] = False
    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    database: DatabaseSettings = DatabaseSettings()
    cache: CacheSettings = CacheSettings()

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Where each value was said, by its key (`database.pool_size`); empty if it was made by hand."""
        return MappingProxyType(self._origins)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the layers to `belljar.config.load`."""
        return (init_settings,)
