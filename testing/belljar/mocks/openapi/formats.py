"""`FORMATS`: what each `format` of a schema means: a check, and how a value of it is made."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import random
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

__all__ = ["FORMATS", "WORDS", "Format"]

Check = Callable[[str], bool]
Make = Callable[[random.Random], str]

WORDS = (
    "amber", "birch", "cedar", "dune", "ember", "fern", "grove", "harbor", "iris", "juniper",
    "kelp", "linden", "maple", "north", "opal", "pine", "quartz", "river", "sage", "thistle",
)  # fmt: skip
_DAYS_FROM = datetime(2024, 1, 1, tzinfo=UTC)

_TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
_DATE = r"\d{4}-\d{2}-\d{2}"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_DURATION = r"P(?=.)((\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?|\d+W)"


@dataclass(frozen=True)
class Format:
    """Whether a text is of the format, and a text that is."""

    valid: Check
    make: Make


def _full(pattern: str) -> Check:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _date(text: str) -> bool:
    if not re.fullmatch(_DATE, text, re.ASCII):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _date_time(text: str) -> bool:
    return len(text) > 11 and text[10] in "Tt" and _date(text[:10]) and _full(_TIME)(text[11:])


def _parses(parse: Callable[[str], object]) -> Check:
    def valid(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return valid


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(
        at
        and re.fullmatch(r"[^\s@\"(),:;<>\[\]\\]{1,64}", local)
        and not re.search(r"^\.|\.\.|\.$", local)
        and _hostname(domain)
    )


def _hostname(text: str) -> bool:
    return len(text) <= 253 and re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text) is not None


def _uri(text: str) -> bool:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*", text):
        return False
    return _parses(urlsplit)(text)


def _reference(text: str) -> bool:
    return re.fullmatch(r"[^\s<>\"{}|\\^`]*", text) is not None and _parses(urlsplit)(text)


def _moment(source: random.Random) -> datetime:
    return _DAYS_FROM + timedelta(seconds=source.randrange(366 * 86400))


def _number(source: random.Random, least: int, most: int) -> str:
    return str(source.randint(least, most))


def _bytes(source: random.Random) -> str:
    return base64.b64encode(source.randbytes(12)).decode()


def _word(source: random.Random) -> str:
    return source.choice(WORDS)


def _any(text: str) -> bool:
    return True


FORMATS: Mapping[str, Format] = {
    "date-time": Format(_date_time, lambda s: _moment(s).strftime("%Y-%m-%dT%H:%M:%SZ")),
    "date": Format(_date, lambda s: _moment(s).strftime("%Y-%m-%d")),
    "time": Format(_full(_TIME), lambda s: _moment(s).strftime("%H:%M:%SZ")),
    "duration": Format(_full(_DURATION), lambda s: f"PT{_number(s, 1, 59)}M"),
    "uuid": Format(
        _full(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
        lambda s: str(uuid.UUID(int=s.getrandbits(128), version=4)),
    ),
    "email": Format(_email, lambda s: f"{_word(s)}.{_number(s, 1, 999)}@example.com"),
    "idn-email": Format(lambda t: "@" in t[1:-1], lambda s: f"{_word(s)}@example.com"),
    "hostname": Format(_hostname, lambda s: f"{_word(s)}.example.com"),
    "idn-hostname": Format(lambda t: bool(t) and " " not in t, lambda s: f"{_word(s)}.example.com"),
    "ipv4": Format(_parses(ipaddress.IPv4Address), lambda s: f"192.0.2.{_number(s, 1, 254)}"),
    "ipv6": Format(_parses(ipaddress.IPv6Address), lambda s: f"2001:db8::{s.randint(1, 0xFFFF):x}"),
    "uri": Format(_uri, lambda s: f"https://example.com/{_word(s)}/{_number(s, 1, 999)}"),
    "url": Format(_uri, lambda s: f"https://example.com/{_word(s)}/{_number(s, 1, 999)}"),
    "iri": Format(lambda t: ":" in t, lambda s: f"https://example.com/{_word(s)}"),
    "uri-reference": Format(_reference, lambda s: f"/{_word(s)}/{_number(s, 1, 999)}"),
    "uri-template": Format(_any, lambda s: f"https://example.com/{_word(s)}/{{id}}"),
    "json-pointer": Format(_full(r"(/([^~/]|~[01])*)*"), lambda s: f"/{_word(s)}"),
    "regex": Format(_parses(re.compile), lambda s: f"^{_word(s)}"),
    "byte": Format(_base64, _bytes),
    "binary": Format(_any, _word),
    "password": Format(_any, lambda s: f"{_word(s)}-{_word(s)}-{_number(s, 100, 999)}"),
}
