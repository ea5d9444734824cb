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

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from belljar.config.asked import Asked
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
        scheme, colon, rest = value.partition(":") if isinstance(value, str) else ("", "", "")
        place = entry.origin.place
        if colon and scheme in ("file", "keyring", "env"):
            self.kept[path] = value
            finders: dict[str, Callable[[], str | bytes | Mistake]] = {
                "file": lambda: self._in_file(rest, place, shape),
                "keyring": lambda: in_keyring(rest, place),
                "env": lambda: self._in_variable(rest, place),
            }
            found = finders[scheme]()
            if isinstance(found, Mistake):
                self._refuse(
                    entry,
                    Mistake(found.place, f"{dotted(path)}: {found.text}", found.choices, found.fix),
                )
                return None
            return found
        text = rest if colon and scheme == "literal" else value
        if entry.origin.layer in _OPEN and not (isinstance(text, str) and harmless(text)):
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
        if entry.origin.layer == ".env" and file is not None and file not in self._looked:
            self._looked.add(file)
            if found_open := exposed(file, place):
                self._mistakes.append(found_open)
        return text if isinstance(text, str | bytes) else str(text)

    def _refuse(self, entry: Entry, mistake: Mistake) -> None:
        self._mistakes.append(mistake)
        self.failed.add(entry.path)

    def _in_file(self, name: str, place: str, shape: Shape) -> str | bytes | Mistake:
        path = self._asked.root / Path(name.removeprefix("//")).expanduser()
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
        found = self._asked.environ.get(name)
        if found:
            return found
        why = "is not set" if found is None else "is empty"
        return Mistake(place, f"the variable {name} {why}", fix=handing_on(name, self._asked))

    def _conceal(self, secret: str | bytes, name: str) -> None:
        text = secret.decode("utf-8", "replace") if isinstance(secret, bytes) else secret
        self.values.update((text, *passwords_of(text)))
        hide(text, name)


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
        return Mistake(place, f"the keyring gives nothing: {type(error).__name__}")
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
    key = dotted(path)
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
