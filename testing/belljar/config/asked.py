"""`Asked`: what settings are asked for: the root, the profile and who chose it, the options, the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["CONFIG_DIR", "DEFAULT_PROFILE", "PREFIX", "Asked", "home_of"]

PREFIX = "TEST__"
CONFIG_DIR = "testing/config"
DEFAULT_PROFILE = "local"
# What the macros hand over: the target's env, and the file that its settings come to.
TARGET_ENV = "BELLJAR_TARGET_ENV"
DECLARED = "BELLJAR_SETTINGS"
INHERITED = "BELLJAR_ENV_INHERIT"
SECRETS_DIR = "BELLJAR_SECRETS_DIR"


@dataclass(frozen=True)
class Asked:
    """Everything that decides which settings one gets."""

    root: Path
    environ: Mapping[str, str]
    profile: str = DEFAULT_PROFILE
    profile_from: str = "the default"
    config_dir: str | None = CONFIG_DIR
    prefix: str = PREFIX
    options: tuple[str, ...] = ()
    secrets_dir: Path | None = None
    target: str = ""
    target_env: Mapping[str, str] = field(default_factory=dict)
    inherited: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        root: Path | None = None,
        profile: str | None = None,
        profile_from: str = "the caller",
        ini: Mapping[str, str] | None = None,
        prefix: str = PREFIX,
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        config_dir: str | None = None,
        secrets_dir: Path | str | None = None,
    ) -> Asked:
        """Give it; what is not said comes from the environment, then from the ini file, then the default."""
        environ = os.environ if environ is None else environ
        ini = ini or {}
        declared = _declared(environ)
        choices = (
            (profile, profile_from),
            (environ.get("TEST_ENV"), "TEST_ENV"),
            (declared.get("profile"), "--//bazel:profile"),
            (ini.get("belljar_profile"), "belljar_profile in the ini file"),
            (DEFAULT_PROFILE, "the default"),
        )
        name, origin = next((name, origin) for name, origin in choices if name)
        folder = config_dir or ini.get("belljar_config_dir")
        if not folder and prefix == PREFIX:
            folder = CONFIG_DIR
        root = root or _root(folder or None, environ)
        secrets = secrets_dir or environ.get(SECRETS_DIR) or ini.get("belljar_secrets_dir")
        return cls(
            root=root,
            environ=environ,
            profile=str(name),
            profile_from=origin,
            config_dir=folder or None,
            prefix=prefix,
            options=tuple(options),
            secrets_dir=root / home_of(Path(secrets)) if secrets else None,
            target=environ.get("BELLJAR_TARGET") or environ.get("TEST_TARGET", ""),
            target_env=_json(environ.get(TARGET_ENV, "")),
            inherited=tuple(filter(None, environ.get(INHERITED, "").split(","))),
        )

    @property
    def explicit(self) -> bool:
        """Whether somebody has chosen the profile: then it has to be there."""
        return self.profile_from != "the default"

    @property
    def folder(self) -> Path | None:
        """Where the profiles are."""
        return self.root / self.config_dir if self.config_dir else None

    @property
    def under_bazel(self) -> bool:
        """Whether only what a target declares is there."""
        return "TEST_SRCDIR" in self.environ

    @property
    def profile_shown(self) -> str:
        """The profile's name in one line."""
        name = self.profile if self.profile.isprintable() else repr(self.profile)
        return name if len(name) <= 60 else f"{name[:57]}..."

    def variable(self, key: str) -> str:
        """Give the variable that sets a key: `TEST__DATABASE__POOL_SIZE`."""
        return self.prefix + key.upper().replace(".", "__").replace("-", "_")


def _root(config_dir: str | None, environ: Mapping[str, str]) -> Path:
    """Give the nearest folder from here upwards that has the profiles; this one, if none has."""
    here = Path.cwd()
    if config_dir is None or "TEST_SRCDIR" in environ:
        return here  # under Bazel only what a target declares is there
    return next((each for each in (here, *here.parents) if (each / config_dir).is_dir()), here)


def home_of(path: Path) -> Path:
    """Give a path with the home folder in place of `~`, if there is one of that name."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _declared(environ: Mapping[str, str]) -> dict[str, Any]:
    """Give what the target's settings came to, by the macro's file."""
    name = environ.get(DECLARED)
    if not name:
        return {}
    srcdir, workspace = environ.get("TEST_SRCDIR", ""), environ.get("TEST_WORKSPACE", "")
    for path in (Path(srcdir, workspace, name), Path(name)):
        if path.is_file():
            return _json(path.read_text(encoding="utf-8"))
    return {}


def _json(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text) if text else {}
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
