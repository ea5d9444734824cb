"""`whole`: a text that can be stored: none of its characters is only one half of a pair."""

from __future__ import annotations

from belljar.data.scenarios.wanted import Wrong

__all__ = ["whole"]


def whole(text: str) -> str:
    """Return it; raises `Wrong` for a text that has no UTF-8."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Wrong(
            f"\\u{ord(text[error.start]):04x} is one half of a character",
            "write the character itself, or both halves",
        ) from None
    return text
