"""The secrets of this process: `conceal` adds one, `redact` takes all of them out of a text."""

from __future__ import annotations

import re
import threading
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Protocol

from belljar.redaction.matching import Words
from belljar.redaction.spans import ESCAPE, Span, colourless, is_wrapped, replaced, unwrapped

__all__ = ["SHORTEST", "Concealed", "conceal", "concealed", "redact", "redact_bytes"]

# Shorter ones would blot out half of a text.
SHORTEST = 4
# Words of JSON, of a settings file, of every address: without them nothing can be read.
ORDINARY = frozenset(
    {"true", "false", "null", "none", "undefined", "test", "localhost", "127.0.0.1"}
)
SERVERS = frozenset({"postgres", "postgresql", "valkey", "redis"})


class Concealed:
    """Secrets with their names, in groups that are larger the older they are.

    A run may conceal one for each test: making one pattern of all anew each time would take longer
    and longer, so that groups are joined only when they are of one size.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._groups: tuple[Words, ...] = ()
        self._lock = threading.RLock()
        # Called with each new secret and its name.
        self.listeners: list[Callable[[str, str], None]] = []

    def __bool__(self) -> bool:
        return bool(self._groups)

    def add(self, secret: str, name: str) -> None:
        """Conceal one from now on; nothing happens when it is already."""
        from belljar.redaction.forms import forms_of, pieces_of  # encoders, which few runs need

        with self._lock:
            if secret in self._names:
                return
            # What stands in a page or in JSON is to stay one.
            plain = re.sub(r"[^\w .:/@-]", "", name)
            shown = f"[secret {plain}]" if plain else "[secret]"
            forms = {form: shown for form in forms_of(secret) if len(form) >= SHORTEST}
            groups = [*self._groups, Words(forms, pieces_of(secret))]
            # Of two that overlap the longer is to be found, which one pattern sees to.
            if any(secret in other or other in secret for other in self._names):
                groups = [groups[0].joined(groups[1:])]
            while len(groups) > 1 and groups[-2].count <= groups[-1].count:
                groups[-2:] = [groups[-2].joined(groups[-1:])]
            # Another thread may be reading the old ones.
            self._groups = tuple(groups)
            self._names = {**self._names, secret: name}
        for listener in list(self.listeners):
            listener(secret, name)

    def secrets(self) -> dict[str, str]:
        """Give secret -> name, for another process that has to conceal them, too."""
        return dict(self._names)

    def groups(self) -> tuple[Words, ...]:
        """Give what is looked for."""
        return self._groups

    def whole(self) -> Words:
        """Give all that is looked for as one group: for reading files, which is dear."""
        with self._lock:
            if len(self._groups) > 1:
                self._groups = (self._groups[0].joined(self._groups[1:]),)
            return self._groups[0] if self._groups else Words({})

    def spans(self, text: str) -> list[Span]:
        """Give where secrets are in a text without colours, and what is to stand there."""
        return [span for words in self._groups for span in words.spans(text)]

    def redact(self, text: str) -> str:
        """Give the text without a secret: itself when it has none."""
        if not self._groups:
            return text
        text = self.unwrapped(text)
        if ESCAPE in text:
            return replaced(text, self.spans(colourless(text)))
        for words in self._groups:
            text = words.replace(text)
        return text

    def unwrapped(self, text: str) -> str:
        """Give the text without a secret over two lines of base64: itself when it has none."""
        if not (self._groups and is_wrapped(text)):
            return text
        plain, ends = unwrapped(text)
        # What is in one line is found there, and a key's lines are one secret with what is around.
        over = [
            span
            for span in self.spans(plain)
            if bisect_right(ends, span.begin) < bisect_left(ends, span.end)
        ]
        return replaced(text, over, wrapped=True)

    def in_bytes(self, data: bytes) -> bool:
        """Tell whether there may be a secret in them."""
        if ESCAPE.encode() in data or is_wrapped(data):
            return True
        return any(words.pattern_bytes.search(data) for words in self._groups)

    def redact_bytes(self, data: bytes) -> bytes:
        """The same for bytes."""
        if self._groups and (ESCAPE.encode() in data or is_wrapped(data)):
            text = self.redact(data.decode("utf-8", "surrogateescape"))
            data = text.encode("utf-8", "surrogateescape")
        for words in self._groups:
            data = words.replace_bytes(data)
        return data


concealed = Concealed()


class Holder(Protocol):
    """What pydantic's SecretStr and SecretBytes are."""

    def get_secret_value(self) -> str | bytes:
        """Give the secret."""
        ...


def conceal(secret: str | bytes | Holder, name: str = "") -> None:
    """From now on nothing of ours writes this secret; "[secret NAME]" stands in its place.

    Its encoded forms are taken out, too (URL, base64, hex, JSON, repr, HTML, XML), and each long line
    of a key. One of less than four characters is refused with a warning, and so is a word
    like "true": taking it out would make everything unreadable.
    """
    name = str(name)
    text = _text_of(secret, name).strip()
    if not text:
        return
    short = len(text) < SHORTEST
    if short or text.lower() in ORDINARY | SERVERS:
        reason = f"has only {len(text)} characters" if short else "is an ordinary word"
        warnings.warn(
            f"the secret{f' {name}' if name else ''} is not concealed, for it {reason}, and taking that "
            f"out would make reports unreadable; give it {SHORTEST} characters or more, by chance",
            stacklevel=2,
        )
        return
    concealed.add(text, name)


def _text_of(secret: object, name: str) -> str:
    if not isinstance(secret, str | bytes | bytearray) and hasattr(secret, "get_secret_value"):
        secret = secret.get_secret_value()
    if isinstance(secret, bytes | bytearray):
        return bytes(secret).decode("utf-8", "surrogateescape")
    if isinstance(secret, str):
        return str(secret)
    # What it is, and never the value: it may be the secret in another type.
    kind = "None" if secret is None else f"of type {type(secret).__name__}"
    fix = (
        "call conceal() once it has been loaded"
        if secret is None
        else "conceal(str(value)) if it is one"
    )
    raise TypeError(
        f"conceal(): the secret{f' {name}' if name else ''} is {kind}; a secret is a str, bytes, "
        f"SecretStr or SecretBytes: {fix}"
    )


def redact(text: str) -> str:
    """Give the text without what was concealed, in any of its forms; itself when there is nothing."""
    return concealed.redact(text)


def redact_bytes(data: bytes) -> bytes:
    """Give the bytes without what was concealed; themselves when there is nothing."""
    return concealed.redact_bytes(data)
