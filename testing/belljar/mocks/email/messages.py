"""`Message` and `Attachment`: a mail as a test looks at it, parsed from what came over the wire."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from typing import TypeVar

__all__ = ["Attachment", "Message"]

T = TypeVar("T")


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is no text of it; `inline` ones are named by the HTML as `cid:...`."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True)
class Message:
    """One mail that was accepted.

    `sender` and `recipients` are those of the envelope: who gets it, whatever its headers say.
    Several recipients in one transaction are one message.
    """

    id: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes = field(repr=False)
    received: float = 0.0
    """Seconds since 1970."""
    user: str = ""
    """Who had logged in; "" for nobody."""
    tls: bool = False

    @cached_property
    def parsed(self) -> EmailMessage:
        """The mail of the standard library; of one that it can't parse, the headers alone."""
        return _safely(lambda: BytesParser(policy=policy.default).parsebytes(self.raw), self._head)

    @cached_property
    def _head(self) -> EmailMessage:
        # All that a list of mails needs: a large one is not parsed for it.
        head = re.split(rb"\r?\n\r?\n", self.raw, maxsplit=1)[0]
        return BytesParser(policy=policy.default).parsebytes(head + b"\r\n\r\n", headersonly=True)

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """Every header in its order, decoded."""
        found = []
        for name in dict.fromkeys(self._head.keys()):
            found += [(name, value) for value in self._values(name)]
        return found

    def header(self, name: str) -> str:
        """Return the first header of a name, or ""."""
        return next(iter(self._values(name)), "")

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return self.header("subject")

    @cached_property
    def text(self) -> str:
        """The plain text, with line feeds; "" where there is none."""
        return self._body("plain")

    @cached_property
    def html(self) -> str:
        """The HTML; "" where there is none."""
        return self._body("html")

    @cached_property
    def links(self) -> tuple[str, ...]:
        """The web addresses in the text, or else in the HTML, in their order and each once."""
        found = re.findall(r"https?://[^\s<>\"')\]]+", self.text or self.html)
        return tuple(dict.fromkeys(link.rstrip(".,;:!?").replace("&amp;", "&") for link in found))

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        """What is attached, and the pictures in the HTML."""
        return _safely(lambda: tuple(self._attachments()), ())

    def _attachments(self) -> Iterator[Attachment]:
        bodies = [self.parsed.get_body((kind,)) for kind in ("plain", "html")]
        for part in self.parsed.walk():
            if part.is_multipart() or part in bodies:
                continue
            content = part.get_payload(decode=True)
            yield Attachment(
                _safely(part.get_filename, None) or "",
                part.get_content_type(),
                content if isinstance(content, bytes) else b"",
                str(part.get("content-id", "")).strip("<> "),
                part.get_content_disposition() == "inline",
            )

    def _values(self, name: str) -> list[str]:
        # The policy parses an address when it is asked for; what it can't parse is shown as it came.
        as_it_came = [str(v) for key, v in self._head.raw_items() if key.lower() == name.lower()]
        return _safely(lambda: [str(v) for v in self._head.get_all(name, [])], as_it_came)

    def _body(self, kind: str) -> str:
        part = _safely(lambda: self.parsed.get_body((kind,)), None)
        if part is None:
            return ""
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        charset = part.get_content_charset("utf-8")
        try:
            text = content.decode(charset, "replace")
        except (LookupError, ValueError):  # unknown, or no encoding of texts
            text = content.decode("utf-8", "replace")
        return text.replace("\r\n", "\n")

    def html_for_a_person(self) -> str:
        """Return the HTML with its inline pictures in it, since nothing else may be loaded."""
        pictures = {one.content_id: one for one in self.attachments if one.content_id}

        def shown(match: re.Match[str]) -> str:
            picture = pictures.get(match[1])
            if picture is None:
                return match[0]
            return f"data:{picture.content_type};base64,{b64encode(picture.content).decode()}"

        return re.sub(r"cid:([^\"'\s)>]+)", shown, self.html)

    def summary(self) -> dict[str, object]:
        """Return what a list of mails says of it, as JSON has it."""
        return {
            "id": self.id,
            "sender": self.sender,
            "recipients": list(self.recipients),
            "from": self.header("from"),
            "to": self.header("to"),
            "subject": self.subject,
            "received": self.received,
            "size": len(self.raw),
            "user": self.user,
            "tls": self.tls,
        }

    def full(self) -> dict[str, object]:
        """Return all but the bytes of attachments, as JSON has it."""
        return {
            **self.summary(),
            "headers": [list(pair) for pair in self.headers],
            "text": self.text,
            "html": self.html,
            "attachments": [
                {
                    "name": one.name,
                    "content_type": one.content_type,
                    "size": len(one.content),
                    "content_id": one.content_id,
                    "inline": one.inline,
                }
                for one in self.attachments
            ],
        }

    def matches(self, to: str = "", subject: str = "", sender: str = "") -> bool:
        """Tell whether it went to an address, has the words in its subject, came from an address."""
        return (
            (not to or _among(to, self.recipients))
            and (not sender or _among(sender, [self.sender]))
            and (not subject or subject.casefold() in self.subject.casefold())
        )


def _among(wanted: str, addresses: Iterable[str]) -> bool:
    return wanted.casefold() in (address.casefold() for address in addresses)


def _safely(get: Callable[[], T], otherwise: T) -> T:
    """Return what the parser gives: whatever it stumbles over is a mail that somebody did send."""
    try:
        return get()
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return otherwise
