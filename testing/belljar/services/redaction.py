"""`Secrets`: random values for a graph's run, which no message shows."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

from belljar.redaction import conceal, redact

__all__ = ["Secrets"]

BYTES = 24
# Shorter ones (an empty password, "x") would blot out half of a text.
SHORTEST = 4
LEAST_CONCEALED = 8


class Secrets(Mapping[str, str]):
    """Secret name -> value, made when first asked for; the same for everybody in the graph."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._hidden: dict[str, str] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> str:
        with self._lock:
            if name not in self._values:
                # Letters and digits: nothing that a command line or a file would take for its own.
                self._values[name] = secrets.token_hex(BYTES)
                self._hidden[self._values[name]] = f"[secret {name}]"
                # In the reports and outputs of the whole run, too.
                conceal(self._values[name], name)
            return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def hide_password(self, url: str, name: str) -> None:
        """Treat the password in the URL of a database, if it has one, as a secret too."""
        password = urlsplit(url).password or ""
        for form in {password, unquote(password), quote(unquote(password), safe="")}:
            if len(form) >= SHORTEST:
                with self._lock:
                    self._hidden[form] = f"[password of {name}]"
        plain = unquote(password)
        # One like the user's name is known to everybody, and part of other words.
        if len(plain) >= LEAST_CONCEALED and plain != urlsplit(url).username:
            conceal(plain, f"password of {name}")

    def redact(self, text: str) -> str:
        """Return the text without any secret."""
        with self._lock:
            hidden = sorted(self._hidden.items(), key=lambda pair: -len(pair[0]))
        for value, shown in hidden:
            text = text.replace(value, shown)
        return redact(text)
