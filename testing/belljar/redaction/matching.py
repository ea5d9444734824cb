"""`Words`: what is looked for and what is shown instead, found in one reading of a text or of bytes.

words = Words({"sesame": "[secret]"})
words.replace("open sesame")           # -> "open [secret]"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from belljar.redaction.spans import Span

__all__ = ["GRAM", "Words"]

_END = ""
# Pieces of words are known by so many characters of them.
GRAM = 8
# Lines of a longer one are words themselves.
LONGEST_CUT = 4096
_WIDE = ("utf-16-le", "utf-16-be")


class Words:
    """Word -> what is shown in its place; `count` says how many secrets they are forms of.

    Patterns are made when they are used first.
    """

    def __init__(self, shown: Mapping[str, str], wide: Iterable[str] = (), count: int = 1) -> None:
        self.shown = dict(shown)
        # Those that are looked for in UTF-16, too.
        self.wide = frozenset(wide)
        self.count = count

    def joined(self, others: Iterable[Words]) -> Words:
        """Give these and others in one; what is shown for a word of several is what the first says."""
        whole = [self, *others]
        shown: dict[str, str] = {}
        for words in reversed(whole):
            shown |= words.shown
        wide = frozenset().union(*(words.wide for words in whole))
        return Words(shown, wide, sum(words.count for words in whole))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches the longest word at a place."""
        return re.compile(_any_of(self.shown))

    @cached_property
    def shown_bytes(self) -> dict[bytes, bytes]:
        """The same as bytes: UTF-8, and some in UTF-16."""
        coded = {
            word.encode("utf-8", "surrogatepass"): instead.encode()
            for word, instead in self.shown.items()
        }
        for encoding in _WIDE:
            for word in self.wide:
                data = word.encode(encoding, "surrogatepass")
                coded[data] = self.shown[word].encode(encoding)
        return coded

    @cached_property
    def pattern_bytes(self) -> re.Pattern[bytes]:
        """Matches the longest of `shown_bytes` at a place."""
        # Latin-1 has a character for each byte.
        source = _any_of(data.decode("latin-1") for data in self.shown_bytes)
        return re.compile(source.encode("latin-1"))

    @cached_property
    def grams(self) -> dict[str, str]:
        """Each piece of `GRAM` characters of a word, with what is shown for it."""
        return {
            word[at : at + GRAM]: instead
            for word, instead in self.shown.items()
            if len(word) <= LONGEST_CUT
            for at in range(len(word) - GRAM + 1)
        }

    @cached_property
    def beginnings(self) -> dict[bytes, list[bytes]]:
        """The words as bytes, those of a single line, by their first bytes: one to four of them."""
        found: dict[bytes, list[bytes]] = {}
        for data in self.shown_bytes:
            if b"\n" not in data:
                for size in range(1, 5):
                    found.setdefault(data[:size], []).append(data)
        return found

    def spans(self, text: str) -> list[Span]:
        """Give where words are in a text without colours, and what is to stand there."""
        # As bytes first: most texts have none, and the other pattern need not be made for them.
        if not self.pattern_bytes.search(text.encode("utf-8", "surrogatepass")):
            return []
        return [Span(*found.span(), self.shown[found[0]]) for found in self.pattern.finditer(text)]

    def replace(self, text: str) -> str:
        """Give the text without any of the words."""
        if not self.pattern_bytes.search(text.encode("utf-8", "surrogatepass")):
            return text
        return self.pattern.sub(lambda found: self.shown[found[0]], text)

    def replace_bytes(self, data: bytes) -> bytes:
        """Give the bytes without any of the words."""
        return self.pattern_bytes.sub(lambda found: self.shown_bytes[found[0]], data)


def _any_of(words: Iterable[str]) -> str:
    """Give the source of a pattern that matches the longest of the words at a place.

    An alternative for each word would be tried at each place; in a tree it is one for each letter.
    """
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[_END] = {}
    return _source(tree)


def _source(tree: dict[str, Any]) -> str:
    branches = []
    for letter, branch in tree.items():
        if letter == _END:
            continue
        # A stretch without a fork is a literal: recursion goes as deep as words fork, and no deeper.
        literal, node = [letter], branch
        while len(node) == 1 and _END not in node:
            ((following, node),) = node.items()
            literal.append(following)
        rest = "" if node.keys() == {_END} else _source(node)
        branches.append(re.escape("".join(literal)) + rest)
    text = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
    return f"(?:{text})?" if _END in tree else text
