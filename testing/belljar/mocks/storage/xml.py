"""`render` and `parse`: the XML of S3, from and to plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from belljar.mocks.storage.errors import S3Error

__all__ = ["NAMESPACE", "Element", "Value", "children", "parse", "render", "text_of", "timestamp"]

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# What XML can't have, not even quoted: no client could read the answer.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# A mapping is an element with children, a list the same element several times.
Value = str | int | bool | None | Mapping[str, "Value"] | Sequence["Value"]


def timestamp(when: datetime) -> str:
    """Return a time as S3 writes it in XML."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def render(root: str, value: Value, *, namespace: str = NAMESPACE) -> bytes:
    """Return a document; what is None is left out."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    body = "".join(_inner(value))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{attribute}>{body}</{root}>'.encode()


def _inner(value: Value) -> Iterable[str]:
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield from _element(name, child)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif value is not None:
        # A carriage return would come back as a line feed.
        yield escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value)), {"\r": "&#13;"})


def _element(name: str, value: Value) -> Iterable[str]:
    if value is None:
        return
    many = isinstance(value, Sequence) and not isinstance(value, (str, Mapping))
    for one in value if many else [value]:  # type: ignore[union-attr]  # many says that it is one
        yield f"<{name}>"
        yield from _inner(one)
        # An attribute, such as a grantee's xsi:type, is no part of the closing tag.
        yield f"</{name.partition(' ')[0]}>"


def parse(body: bytes, root: str) -> Element:
    """Return a document's root, without XML namespaces. Raises `S3Error`."""
    try:
        text = body.decode("utf-8-sig")
        # Nobody needs these two, and entities can be made to explode. Zeros are UTF-16, as S3's never
        # is: the parser would see it, and find there what is looked for here.
        if "\0" in text or "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise S3Error("MalformedXML")
        element = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise S3Error("MalformedXML") from None
    for one in element.iter():
        one.tag = one.tag.rpartition("}")[2]
    if element.tag != root:
        raise S3Error("MalformedXML")
    return element


def children(element: Element, name: str) -> list[Element]:
    """Return the children of a name."""
    return element.findall(name)


def text_of(element: Element, path: str, default: str = "") -> str:
    """Return the text at a path."""
    return element.findtext(path) or default
