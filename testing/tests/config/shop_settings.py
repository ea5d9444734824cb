"""The settings of a shop's tests, with a value of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, SecretBytes, SecretStr, field_validator

from belljar.config import Section, TestSettings


class Payments(Section):
    """Secrets of each kind."""

    url: str = "http://127.0.0.1:8080"
    api_key: SecretStr = SecretStr("")
    signing_key: SecretBytes | None = None
    tokens: list[SecretStr] = Field(default_factory=list)
    by_country: dict[str, SecretStr] = Field(default_factory=dict)
    retries: int = 3

    @field_validator("api_key")
    @classmethod
    def _no_spaces(cls, value: SecretStr) -> SecretStr:
        if " " in value.get_secret_value():
            raise ValueError(f"{value.get_secret_value()} has a space")
        return value


class Region(BaseModel):
    """No `extra` of its own: pydantic would ignore keys that it does not know."""

    name: str = ""
    weight: float = 1.0


@dataclass
class Window:
    """A section that is a dataclass."""

    start: int = 0
    end: int = 24


class Shop(Section):
    """Values of each kind."""

    regions: list[Region] = Field(default_factory=list)
    labels: dict[str, str] = Field(default_factory=dict)
    window: Window = Window()  # pydantic copies it
    open: bool = True
    note: str | None = "none"
    discount: float = 0.0
    shelf: Annotated[int | None, Field(ge=1)] = None


class ShopSettings(TestSettings):
    """What the tests of a shop read."""

    payments: Payments = Payments()
    shop: Shop = Shop()


class Strict(Section):
    """What has to be said."""

    api_key: SecretStr
    name: str


class StrictSettings(TestSettings):
    """Settings that can't do without."""

    outside: Strict
