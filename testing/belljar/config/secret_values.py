"""`Secrets`: what the secret settings are, wherever they are kept.

| text | the secret is |
|---|---|
| `file:/run/secrets/key` | what stands in that file, without the end of its last line |
| `keyring:service/name` | in the system's keyring |
| `env:OTHER_NAME` | in that variable |
| `literal:TEXT`, any other | the text itself |

In the open it may only stand where nothing is committed or seen by others: in the environment, in `.env` files, in
files of their own. A URL without a password is no secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from belljar.config.asked import Asked, home_of
from belljar.config.errors import Mistake
from belljar.config.origin import Entry, dotted
from belljar.config.secret_files import exposed, read_secret
from belljar.config.secret_urls import harmless, hide, passwords_of
from belljar.config.shape import Shape

__all__ = ["Secrets", "places_of"]

_OPEN = {
    "profile": "a secret may not stand in a profile, for that is committed",
    "target": "a secret may not stand in a BUILD file, for that is committed",
    "command line": "a secret may not stand on a command line, for others see it there",
}


class Secrets:
    """Finds the secrets of one load, and conceals each."""

    def __init__(self, asked: Asked, mistakes: list[Mistake]) -> None:
        self._asked = asked
        self._mistakes = mistakes
        self._looked: set[Path] = set()
        self.values: set[str] = set()
        self.failed: set[tuple[str, ...]] = set()
        self.kept: dict[tuple[str, ...], str] = {}
        """Where each is kept, if the settings say a reference."""

    def resolve(self, entry: Entry, file: Path | None = None) -> object:
        """Give an entry's value with the secrets in it in place of what refers to them."""
        return self._walk(entry.shape, entry.value, entry.path, entry, file)

    def _walk(
        self, shape: Shape, value: Any, path: tuple[str, ...], entry: Entry, file: Path | None
    ) -> Any:
        if value is None or not shape.holds_secret:
            return value
        if isinstance(value, Mapping):
            return {
                key: self._walk(inner, each, (*path, str(key)), entry, file)
                if (inner := shape.fields.get(key) or shape.each)
                else each
                for key, each in value.items()
            }
        if isinstance(value, list):
            return [
                self._walk(shape.item, each, (*path, str(index)), entry, file)
                if shape.item
                else each
                for index, each in enumerate(value)
            ]
        if not shape.secret:
            return value
        found = self._secret(value, path, entry, shape, file)
        if found is not None:
            self._conceal(found, dotted(path))
        return found

    def _secret(
        self, value: Any, path: tuple[str, ...], entry: Entry, shape: Shape, file: Path | None
    ) -> str | bytes | None:
        scheme, rest = _reference(value)
        place = entry.origin.place
        if scheme in ("file", "keyring", "env"):
            self.kept[path] = value
            found = self._kept_in(scheme, rest, place, shape)
            if isinstance(found, Mistake):
                self._refuse(
                    entry,
                    Mistake(found.place, f"{dotted(path)}: {found.text}", found.choices, found.fix),
                )
                return None
            return found
        text = rest if scheme == "literal" else value
        if text == "" and not scheme and shape.required:
            # As a pipeline gives it that does not know the secret.
            fix = (
                f"give one of: {'; '.join(places_of(path, self._asked))}; literal: for none at all"
            )
            self._refuse(entry, Mistake(place, f"{dotted(path)}: the secret is empty", fix=fix))
            return None
        plain = isinstance(text, str) and harmless(text)
        if entry.origin.layer in _OPEN and not plain:
            self._refuse(
                entry,
                Mistake(
                    place,
                    f"{dotted(path)}: {_OPEN[entry.origin.layer]}",
                    fix=f"say where it is kept: {'; '.join(places_of(path, self._asked))}",
                ),
            )
            # It is still one that nothing should show.
            self._conceal(str(text), dotted(path))
            return None
        if entry.origin.layer == ".env" and file and not plain and file not in self._looked:
            self._looked.add(file)
            if found_open := exposed(file, place):
                self._mistakes.append(found_open)
        return text if isinstance(text, str | bytes) else str(text)

    def _refuse(self, entry: Entry, mistake: Mistake) -> None:
        self._mistakes.append(mistake)
        self.failed.add(entry.path)

    def _kept_in(
        self, scheme: str, rest: str, place: str, shape: Shape, seen: tuple[str, ...] = ()
    ) -> str | bytes | Mistake:
        """Give what a reference leads to; a variable may hold another reference."""
        if scheme == "file":
            return self._in_file(rest, place, shape)
        if scheme == "keyring":
            return in_keyring(rest, place)
        found = self._in_variable(rest, place)
        if isinstance(found, Mistake):
            return found
        scheme, further = _reference(found)
        if scheme == "literal":
            return further
        if not scheme:
            return found
        if scheme == "env" and further in (*seen, rest):
            return Mistake(place, f"the variable {rest} leads back to itself", fix=f"set {rest}")
        return self._kept_in(scheme, further, place, shape, (*seen, rest))

    def _in_file(self, name: str, place: str, shape: Shape) -> str | bytes | Mistake:
        if not name.strip():
            return Mistake(place, "file: names no file", fix="write file:PATH")
        path = self._asked.root / home_of(Path(name.removeprefix("//")))
        data = read_secret(path, place)
        if isinstance(data, Mistake):
            return data
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            if any(getattr(each, "__name__", "") == "SecretBytes" for each in shape.members):
                return data
            return Mistake(
                place,
                f"{path} is not UTF-8",
                fix="type the setting as SecretBytes, or save it as UTF-8",
            )

    def _in_variable(self, name: str, place: str) -> str | Mistake:
        if not name.isidentifier():
            # Not what is there: it may be the secret itself.
            return Mistake(place, "env: names no variable", fix="write env:NAME")
        found = self._asked.environ.get(name)
        if found:
            return found
        why = "is not set" if found is None else "is empty"
        return Mistake(place, f"the variable {name} {why}", fix=handing_on(name, self._asked))

    def _conceal(self, secret: str | bytes, name: str) -> None:
        text = secret.decode("utf-8", "replace") if isinstance(secret, bytes) else secret
        self.values.update((text, *passwords_of(text)))
        hide(text, name)


def _reference(value: object) -> tuple[str, str]:
    """Give the scheme and what it leads to; two empty texts for a text that is the secret itself."""
    scheme, colon, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
    known = colon and scheme.lower() in ("file", "keyring", "env", "literal")
    return (scheme.lower(), rest) if known else ("", "")


def in_keyring(name: str, place: str) -> str | Mistake:
    """Give the entry `service/name` of the system's keyring; a service may have slashes in it."""
    service, slash, user = name.rpartition("/")
    if not slash or not service or not user:
        return Mistake(place, f"keyring:{name} names no entry", fix="write keyring:SERVICE/NAME")
    try:
        import keyring
        from keyring.errors import KeyringError, NoKeyringError
    except ImportError:
        return Mistake(
            place,
            "the system's keyring needs the package keyring",
            fix='add it to requirements.in, and requirement("keyring") to deps',
        )
    try:
        found = keyring.get_password(service, user)
    except NoKeyringError:
        return Mistake(
            place,
            "this machine has no keyring, or it is out of reach (as in Bazel's sandbox)",
            fix="use a variable or a file here",
        )
    except KeyringError as error:
        return Mistake(place, f"the keyring gives nothing: {error}", fix="unlock it")
    except Exception as error:  # a keyring is a plugin, and may raise what it likes
        why = f"the keyring gives nothing: {type(error).__name__}"
        backend = os.environ.get("PYTHON_KEYRING_BACKEND")
        fix = f"mend PYTHON_KEYRING_BACKEND, which is {backend!r}" if backend else "unlock it"
        return Mistake(place, why, fix=f"{fix}, or use a variable or a file here")
    if not found:
        return Mistake(
            place,
            f"the keyring has no {user!r} of {service!r}",
            fix=f"keyring set {service} {user}",
        )
    return found


def handing_on(name: str, asked: Asked) -> str:
    """Give how a variable gets into a test."""
    if not asked.under_bazel:
        return f"set {name}"
    if name in asked.inherited:
        return (
            f"set {name}; {asked.target or 'the target'} names it in env_inherit, which Bazel 4 needs help "
            f"with: bazel test --test_env={name}"
        )
    return f'name it in the target: env_inherit = ["{name}"], and set it'


def places_of(path: tuple[str, ...], asked: Asked) -> list[str]:
    """Give every place that a secret can come from."""
    # A list is said as a whole, as JSON.
    whole = tuple(takewhile(lambda each: not each.isdigit(), path))
    key = dotted(whole or path)
    variable = asked.variable(key)
    places = [f"the variable {variable}"]
    if asked.under_bazel and variable not in asked.inherited:
        places = [f"the variable {variable} (named in the target's env_inherit)"]
    if asked.secrets_dir is not None:
        places.append(f"a file {asked.secrets_dir / key}")
    else:
        places.append(f"a file {key} in the folder that BELLJAR_SECRETS_DIR names")
    return [
        *places,
        f"a line {variable}=... in .env",
        f'{key} = "file:PATH", "keyring:SERVICE/NAME" or "env:NAME" in {asked.config_dir or "a profile"}',
    ]
