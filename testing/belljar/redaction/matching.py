"""`Words`: what is looked for and what is shown instead, found in one reading of a text or of bytes.

words = Words({"sesame": "[secret]"})
words.replace("open sesame")           # -> "open [secret]"
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from mmap import mmap
from typing import Any, AnyStr

from belljar.redaction.spans import Span

__all__ = ["GRAM", "Words"]

_END = ""
# Pieces of words are known by so many characters of them.
GRAM = 8
# Lines of a longer one are words themselves.
LONGEST_CUT = 4096
# A pattern takes time and memory for each of its letters: of a longer word it has so many, and the
# rest is compared where they are found.
LONGEST_LITERAL = 256
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
        """Matches the longest word at a place, or the begin of a long one."""
        return re.compile(_any_of(word[:LONGEST_LITERAL] for word in self.shown))

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
        # A variable that is no UTF-8: its own bytes.
        for word, instead in self.shown.items():
            if not word.isascii() and any("\udc80" <= letter <= "\udcff" for letter in word):
                coded[os.fsencode(word)] = instead.encode()
        return coded

    @cached_property
    def pattern_bytes(self) -> re.Pattern[bytes]:
        """The same for `shown_bytes`."""
        # Latin-1 has a character for each byte.
        begins = (data[:LONGEST_LITERAL].decode("latin-1") for data in self.shown_bytes)
        return re.compile(_any_of(begins).encode("latin-1"))

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

    @cached_property
    def opening(self) -> re.Pattern[bytes]:
        """Matches where one of the longest `beginnings` is: where a word may begin."""
        begins = {data[:4].decode("latin-1") for data in self.beginnings}
        return re.compile(_any_of(begin for begin in begins if len(begin) == 4).encode("latin-1"))

    def spans(self, text: str) -> list[Span]:
        """Give where words are in a text without colours, and what is to stand there."""
        # As bytes first: most texts have none, and the other pattern need not be made for them.
        if not self.pattern_bytes.search(text.encode("utf-8", "surrogatepass")):
            return []
        found = _found(text, self.pattern, self._long)
        return [Span(begin, end, self.shown[word]) for begin, end, word in found]

    def replace(self, text: str) -> str:
        """Give the text without any of the words."""
        if not self.pattern_bytes.search(text.encode("utf-8", "surrogatepass")):
            return text
        parts, done = [], 0
        for begin, end, shown in self.spans(text):
            parts += [text[done:begin], shown]
            done = end
        return "".join([*parts, text[done:]])

    def replace_bytes(self, data: bytes) -> bytes:
        """Give the bytes without any of the words."""
        parts, done = [], 0
        for begin, end, shown in self.spans_of_bytes(data):
            parts += [data[done:begin], shown]
            done = end
        return b"".join([*parts, data[done:]]) if parts else data

    def spans_of_bytes(self, data: bytes | mmap) -> Iterator[tuple[int, int, bytes]]:
        """Give where words are in bytes, or in a file, and what is to stand there."""
        for begin, end, word in _found(data, self.pattern_bytes, self._long_bytes):
            yield begin, end, self.shown_bytes[word]

    @cached_property
    def _long(self) -> dict[str, list[str]]:
        return _by_begin(self.shown)

    @cached_property
    def _long_bytes(self) -> dict[bytes, list[bytes]]:
        return _by_begin(self.shown_bytes)


def _found(
    text: Any, pattern: re.Pattern[AnyStr], long: dict[AnyStr, list[AnyStr]]
) -> Iterator[tuple[int, int, AnyStr]]:
    """Give begin, end and word of each place; of a long word as much as is there."""
    done = 0
    for found in pattern.finditer(text):
        begin, end = found.span()
        word = found[0]
        if word in long:
            end, word = max((begin + _alike(text, begin, other), other) for other in long[word])
        if end > done:
            yield max(begin, done), end, word
            done = end


def _alike(text: Any, begin: int, word: AnyStr) -> int:
    """Give how many letters of the word are there."""
    there = text[begin : begin + len(word)]
    low, high = 0, len(there)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if there[:middle] == word[:middle] else (low, middle - 1)
    return low


def _by_begin(words: Iterable[AnyStr]) -> dict[AnyStr, list[AnyStr]]:
    found: dict[AnyStr, list[AnyStr]] = {}
    for word in words:
        if len(word) > LONGEST_LITERAL:
            found.setdefault(word[:LONGEST_LITERAL], []).append(word)
    return found


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
