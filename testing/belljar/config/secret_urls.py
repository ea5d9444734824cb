"""What is secret in a text that may be a URL: `passwords_of` gives it, `harmless` says that there is none.

`veiled` puts stars in its place; `hide` lets nothing of ours write it from now on.
"""

from __future__ import annotations

import warnings
from urllib.parse import parse_qsl, unquote, urlsplit

from belljar.redaction import conceal

__all__ = ["harmless", "hide", "passwords_of", "veiled"]

# Their user names are none that would let one in.
_LOGINS = {
    "postgresql",
    "postgres",
    "mysql",
    "mariadb",
    "redis",
    "rediss",
    "valkey",
    "valkeys",
    "amqp",
    "smtp",
}


def passwords_of(text: str) -> list[str]:
    """Give the passwords in a URL, as they stand there and as they are meant."""
    if "://" not in text:
        return []
    try:
        parts = urlsplit(text)
        found = [parts.password or ""]
        query = parse_qsl(parts.query)
    except ValueError:
        return []
    found += [value for name, value in query if "password" in name.lower()]
    return list(dict.fromkeys(each for one in found for each in (one, unquote(one)) if each))


def harmless(text: str) -> bool:
    """Whether it is nothing, or a URL that has no password and no key in it."""
    if not text:
        return True
    if "://" not in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if not parts.scheme or "://" in parts.path:
        return False
    names = {name.lower() for name, _ in parse_qsl(parts.query)}
    hidden = any(
        word in name for name in names for word in ("password", "token", "key", "secret", "sig")
    )
    login = "@" in parts.netloc and parts.scheme.partition("+")[0] not in _LOGINS
    return parts.password is None and not hidden and not login


def veiled(text: str) -> str:
    """Give a text in which a URL's passwords are stars."""
    for password in passwords_of(text):
        text = text.replace(password, "***")
    return text


def hide(text: str, name: str) -> None:
    """Let nothing of ours write a secret, and the passwords in it by themselves."""
    with warnings.catch_warnings():
        # That one is too short is worth a word, and no end of the run where warnings are errors.
        warnings.simplefilter("always")
        for secret in (text, *passwords_of(text)):
            if secret and not harmless(secret):
                conceal(secret, name)
