"""`load` and `explain`: the settings of a class, from all layers, with where each value was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, RootModel

from belljar.config.asked import PREFIX, Asked
from belljar.config.defaults import completed
from belljar.config.errors import BadSettings
from belljar.config.merging import Chosen
from belljar.config.model import TestSettings
from belljar.config.naming import not_a_class
from belljar.config.origin import Origin, dotted
from belljar.config.placing import Placing
from belljar.config.profiles import profile_entries
from belljar.config.secret_urls import hide
from belljar.config.secret_values import Secrets
from belljar.config.shape import Shape
from belljar.config.validating import validated
from belljar.config.variables import said_entries

__all__ = ["Loaded", "Overridden", "explain", "explained", "load"]

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Overridden:
    """A value that does not count, for `winner` says another one."""

    key: str
    value: object
    origin: Origin
    secret: bool
    winner: Origin


@dataclass(frozen=True)
class Loaded(Generic[M]):
    """Settings, the profile that they are of, and where each value was said."""

    settings: M
    profile: str
    profile_from: str
    origins: Mapping[str, Origin]
    kept: Mapping[str, str]
    """Where a secret is kept, if a reference says so: `file:/run/secrets/key`."""
    overridden: Sequence[Overridden]


def load(
    kind: type[M] = TestSettings,  # type: ignore[assignment]  # the base, for want of a team's own
    *,
    root: Path | None = None,
    profile: str | None = None,
    settings: Sequence[str] = (),
    prefix: str = PREFIX,
    config_dir: str | None = None,
    secrets_dir: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
) -> M:
    """Give the settings of a class, such as a team's `TestSettings`, from all layers.

    `settings` are like those of the command line: `database.pool_size=5`. With another `prefix` it reads the
    settings of anything, a service's own for one: `load(Settings, prefix="ORDERS_")`; profiles then only if
    `config_dir` names their folder. Raises `BadSettings` with all mistakes at once.
    """
    return explain(
        kind,
        root=root,
        profile=profile,
        settings=settings,
        prefix=prefix,
        config_dir=config_dir,
        secrets_dir=secrets_dir,
        environ=environ,
    ).settings


def explain(
    kind: type[M] = TestSettings,  # type: ignore[assignment]  # as above
    *,
    root: Path | None = None,
    profile: str | None = None,
    settings: Sequence[str] = (),
    prefix: str = PREFIX,
    config_dir: str | None = None,
    secrets_dir: Path | str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded[M]:
    """Give the settings as `load` does, with where each value was said and what was overridden."""
    return explained(
        kind,
        Asked.of(
            root=root,
            profile=profile,
            options=settings,
            prefix=prefix,
            config_dir=config_dir,
            secrets_dir=secrets_dir,
            environ=environ,
        ),
    )


def explained(kind: type[M], asked: Asked) -> Loaded[M]:
    """Give the settings that are asked for; raises `BadSettings`."""
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        raise BadSettings([not_a_class("load", repr(kind))])
    shape = _shape(kind)
    placing = Placing(shape)
    chosen = Chosen()
    for entry in profile_entries(asked, placing):
        chosen.put(entry)
    for entry, said in said_entries(asked, placing):
        chosen.put(entry, said.file)
    mistakes = placing.mistakes
    secrets = Secrets(asked, mistakes)
    values = {}
    for path, entry in chosen.entries.items():
        value = secrets.resolve(entry, chosen.files[path])
        if path not in secrets.failed:
            values[path] = value
    made = validated(
        kind,
        completed(shape, chosen.nested(values)),
        chosen.entries,
        secrets,
        asked,
        shape,
        mistakes,
    )
    if made is None or mistakes:
        raise BadSettings(mistakes, f"{asked.profile_shown}, from {asked.profile_from}")
    default = Origin("default", f"default of {kind.__name__}")
    by_field = {shape.attributes(path): entry for path, entry in chosen.entries.items()}
    origins = {}
    for key, value in leaves(made):
        path = tuple(key.split("."))
        above = (path[:length] for length in range(len(path), 0, -1))
        # An empty section says nothing of what is in it.
        said_at = next(
            (
                by_field[each]
                for each in above
                if each in by_field and (each == path or by_field[each].value != {})
            ),
            None,
        )
        origins[key] = said_at.origin if said_at else default
        if said_at is not None:
            # What a validator has made of it, too. A default is in the code, for all to see.
            for secret in _secrets(value):
                if secret not in secrets.values:
                    hide(secret, key)
    if isinstance(made, TestSettings):
        made._origins.update(origins)
    return Loaded(
        settings=made,
        profile=asked.profile,
        profile_from=asked.profile_from,
        origins=origins,
        kept={dotted(shape.attributes(path)): text for path, text in secrets.kept.items()},
        overridden=[
            Overridden(
                dotted(shape.attributes(lost.path)),
                lost.value,
                lost.origin,
                lost.shape.holds_secret,
                won.origin,
            )
            for lost, won in chosen.overridden
        ],
    )


@lru_cache(maxsize=64)
def _shape(kind: type[BaseModel]) -> Shape:
    return Shape(kind)


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Give the key and the value of each setting; what sections and tables have in them, not themselves."""
    if isinstance(value, RootModel):
        yield from leaves(value.root, key)
        return
    if isinstance(value, BaseModel):
        items = [(name, getattr(value, name)) for name in type(value).model_fields]
        items += list((value.model_extra or {}).items())
    elif is_dataclass(value) and not isinstance(value, type):
        items = [(field.name, getattr(value, field.name)) for field in fields(value)]
    elif isinstance(value, Mapping) and value:
        items = [(str(name), each) for name, each in value.items()]
    else:
        yield key, value
        return
    if not items and key:
        yield key, value
    for name, each in items:
        yield from leaves(each, f"{key}.{name}" if key else name)


def _secrets(value: Any) -> Iterator[str]:
    """Give the secrets of one setting, which may be a list of them, or of sections."""
    if isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _secrets(each)
    elif isinstance(value, BaseModel | Mapping) or is_dataclass(value):
        for _, each in leaves(value):
            if each is not value:
                yield from _secrets(each)
    elif hasattr(value, "get_secret_value"):
        secret = value.get_secret_value()
        yield secret.decode("utf-8", "replace") if isinstance(secret, bytes) else str(secret)
