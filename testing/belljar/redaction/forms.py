"""`forms_of`: how a secret may look in a text: as it is, and encoded as programs do it on the way."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

__all__ = ["LEAST_PIECE", "forms_of", "pieces_of"]

# A line counts as a secret of its own from here on; in a PEM key, whose last line is short, earlier.
LEAST_PIECE = 16
LEAST_OF_KEY = 6
# What base64 leaves of a short secret when its neighbours' bits are taken away says nothing.
LEAST_BASE64 = 5
_MARKER = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]+-----")


def forms_of(secret: str) -> set[str]:
    """Give every form that is looked for, those of its long lines included."""
    forms: set[str] = set()
    for piece in pieces_of(secret):
        simple = set(_escaped(piece))
        forms |= simple
        # JSON in JSON, the repr of a URL: what was escaped once is often escaped again.
        for form in simple:
            forms.update(_escaped(form))
        forms.update(_encoded(_bytes(piece)))
        forms.update(_numbered(piece))
    return forms


def pieces_of(secret: str) -> list[str]:
    """Give the secret, without white space around it, and each of its long lines."""
    whole = secret.strip()
    lines = [line.strip() for line in whole.splitlines()]
    if len(lines) < 2:
        return [whole]
    least = LEAST_OF_KEY if _MARKER.search(whole) else LEAST_PIECE
    long = [line for line in lines if len(line) >= least and not _MARKER.fullmatch(line)]
    return [whole, *dict.fromkeys(long)]


def _escaped(text: str) -> Iterator[str]:
    yield text
    data = _bytes(text)
    for url in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield url
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), url)
    for quoted in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        yield quoted
        yield quoted.replace("/", "\\/")
        yield re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), quoted)
    # JSON that is put into a page.
    yield re.sub("[<>&']", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text)[1:-1])
    for shown in (repr(text), ascii(text), repr(data)[1:]):
        # The quote that repr escapes depends on what the whole has; the id of a test escapes none.
        free = shown[1:-1].replace("\\'", "'")
        yield from (free, free.replace("'", "\\'"), free.replace('"', '\\"'))
    yield from _of_markup(text)
    yield text.replace("'", "''")  # SQL
    yield text.replace("'", "'\"'\"'")  # a shell's command line


def _of_markup(text: str) -> Iterator[str]:
    # Each library has quotes of its own; XML keeps them outside of attributes.
    for double in ('"', "&quot;", "&#34;"):
        for single in ("'", "&#x27;", "&#39;", "&apos;"):
            plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            marked = plain.replace('"', double).replace("'", single)
            yield marked
            yield marked.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")


def _numbered(text: str) -> Iterator[str]:
    # Encoders that trust letters and digits only; those of .NET and Java let more through.
    for distrusted in (r"[^A-Za-z0-9]", r"[^A-Za-z0-9 !#$%()*,./:;=?@\[\]^_{|}~-]"):
        for shown in ("\\u{:04x}", "\\u{:04X}", "&#{};", "&#x{:x};", "&#x{:X};"):
            yield re.sub(distrusted, lambda found, shown=shown: shown.format(ord(found[0])), text)


def _bytes(text: str) -> bytes:
    # A variable that is no UTF-8 has its bytes as surrogates; others may be alone in JSON.
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _encoded(data: bytes) -> Iterator[str]:
    for separator in ("", " ", ":"):
        digits = data.hex(separator) if separator else data.hex()
        yield digits
        yield digits.upper()
    for before in range(3):
        # Inside of something longer its first byte may lie at any of three places of a group; the
        # characters that hold bits of a neighbour, too, are left out.
        text = base64.b64encode(bytes(before) + data).decode().rstrip("=")
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        inner = text[first:last]
        if len(inner) >= LEAST_BASE64:
            yield from _of_urls(inner)
    for line in base64.encodebytes(data).decode().splitlines():  # as mails wrap it
        if len(line.rstrip("=")) >= LEAST_PIECE:
            yield from _of_urls(line.rstrip("=")[:-1])


def _of_urls(text: str) -> Iterator[str]:
    yield text
    yield text.replace("+", "-").replace("/", "_")
    yield quote(text, safe="")
    yield text.replace("/", "\\/")
