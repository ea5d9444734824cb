"""`parse`: the tree of a SQL condition, as it stands in a CHECK; None for what is beyond it.

Comparisons, AND, OR, NOT, BETWEEN, IN, LIKE, regular expressions, IS NULL, arithmetic, casts, CASE-free
functions of one value. A tree is a tuple: its kind, then its parts.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

__all__ = ["Tree", "parse"]

Tree = tuple[Any, ...]

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)
  | [eE]?'(?P<string>(?:[^']|'')*)'
  | "(?P<quoted>(?:[^"]|"")*)"
  | `(?P<ticked>[^`]*)`
  | (?P<word>[A-Za-z_][A-Za-z_0-9$]*)
  | (?P<sign>::|<>|!=|<=|>=|!~\*|!~|~\*|\|\||[-+*/%=<>~(),.\[\]])
    )""",
    re.VERBOSE,
)
_COMPARED = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MATCHED = {"~": (False, False), "~*": (False, True), "!~": (True, False), "!~*": (True, True)}
_NOW = {"now", "current_date", "current_timestamp", "clock_timestamp", "localtimestamp"}
_TYPE_TAILS = {"varying", "precision", "without", "with", "time", "zone"}


class _Beyond(Exception):
    """The condition has something that is not understood."""


def parse(text: str) -> Tree | None:
    """Return the tree of `text`, or None if there is something in it that is not understood."""
    try:
        reader = _Reader(_tokens(text))
        tree = reader.either()
        return tree if reader.done else None
    except _Beyond:
        return None


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _Beyond
        kind, at = match.lastgroup, match.end()
        found.append(("name" if kind in ("quoted", "ticked") else kind, match.group(kind)))
    return found


class _Reader:
    """Reads tokens from the left; each method reads one level of precedence."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def either(self) -> Tree:
        return self._chain("or", self._both)

    def _both(self) -> Tree:
        return self._chain("and", self._negated)

    def _chain(self, word: str, part: Any) -> Tree:
        parts = [part()]
        while self._word(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else (word, *parts)

    def _negated(self) -> Tree:
        return ("not", self._negated()) if self._word("not") else self._comparison()

    def _comparison(self) -> Tree:
        left = self._sum()
        while True:
            if (sign := self._sign(*_COMPARED)) is not None:
                left = ("cmp", _COMPARED[sign], left, self._quantified())
            elif (sign := self._sign(*_MATCHED)) is not None:
                negated, folded = _MATCHED[sign]
                left = _maybe_not(negated, ("match", left, self._sum(), folded))
            elif self._word("is"):
                left = self._is(left)
            elif self._peek_word("not", "between", "in", "like", "ilike", "similar"):
                left = _maybe_not(self._word("not"), self._set(left))
            else:
                return left

    def _quantified(self) -> Tree:
        # PostgreSQL shows IN as = ANY (ARRAY[...]).
        if self._word("any"):
            return ("any", self._sum())
        return self._sum()

    def _is(self, left: Tree) -> Tree:
        negated = self._word("not")
        if self._word("null"):
            return _maybe_not(negated, ("null", left))
        for word, value in (("true", True), ("false", False)):
            if self._word(word):
                return _maybe_not(negated, ("is", left, value))
        if self._word("distinct"):
            self._need_word("from")
            return _maybe_not(not negated, ("same", left, self._sum()))
        raise _Beyond

    def _set(self, left: Tree) -> Tree:
        if self._word("between"):
            low = self._sum()
            self._need_word("and")
            return ("and", ("cmp", ">=", left, low), ("cmp", "<=", left, self._sum()))
        if self._word("in"):
            return ("in", left, *self._listed("(", ")"))
        for word in ("like", "ilike"):
            if self._word(word):
                return ("like", left, self._sum(), word == "ilike")
        raise _Beyond

    def _listed(self, opening: str, closing: str) -> list[Tree]:
        self._need(opening)
        items = [self.either()]
        while self._sign(",") is not None:
            items.append(self.either())
        self._need(closing)
        return items

    def _sum(self) -> Tree:
        left = self._product()
        while (sign := self._sign("+", "-", "||")) is not None:
            left = ("math", sign, left, self._product())
        return left

    def _product(self) -> Tree:
        left = self._cast()
        while (sign := self._sign("*", "/", "%")) is not None:
            left = ("math", sign, left, self._cast())
        return left

    def _cast(self) -> Tree:
        value = self._value()
        while self._sign("::") is not None:
            if self._peek_word("interval") and value[0] == "lit":
                value = ("lit", _span(value[1]))
            self._type()
        return value

    def _type(self) -> None:
        self._take("word", "name")
        while self._peek_word(*_TYPE_TAILS):
            self._at += 1
        if self._sign("(") is not None:
            while self._sign(")") is None:
                self._at += 1
                if self.done:
                    raise _Beyond
        if self._sign("[") is not None:
            self._need("]")

    def _value(self) -> Tree:
        if self._sign("(") is not None:
            inner = self.either()
            self._need(")")
            return inner
        if self._sign("-") is not None:
            return ("math", "-", ("lit", 0), self._cast())
        if self._sign("+") is not None:
            return self._cast()
        kind, text = self._take("number", "string", "word", "name")
        if kind == "number":
            return ("lit", Decimal(text) if re.search(r"[.eE]", text) else int(text))
        if kind == "string":
            return ("lit", text.replace("''", "'"))
        word = text.lower()
        if kind == "word" and word in ("true", "false", "null"):
            return ("lit", {"true": True, "false": False, "null": None}[word])
        if kind == "word" and word == "array":
            return ("list", *self._listed("[", "]"))
        if kind == "word" and self._peek_sign("("):
            return self._call(word)
        if kind == "word" and word in _NOW:
            return ("now",)
        if kind == "word" and word == "interval" and self._peek("string"):
            return ("lit", _span(self._take("string")[1]))
        if kind == "word" and word in ("date", "timestamp", "timestamptz") and self._peek("string"):
            return self._value()
        while self._sign(".") is not None:
            text = self._take("word", "name")[1]
        return ("col", text)

    def _call(self, name: str) -> Tree:
        self._need("(")
        if name == "cast":
            value = self.either()
            self._need_word("as")
            self._type()
            self._need(")")
            return value
        if self._sign(")") is not None:
            return ("now",) if name in _NOW else ("call", name)
        self._at -= 1
        return ("call", name, *self._listed("(", ")"))

    def _peek(self, kind: str) -> bool:
        return not self.done and self._tokens[self._at][0] == kind

    def _peek_sign(self, *signs: str) -> bool:
        return self._peek("sign") and self._tokens[self._at][1] in signs

    def _peek_word(self, *words: str) -> bool:
        return self._peek("word") and self._tokens[self._at][1].lower() in words

    def _sign(self, *signs: str) -> str | None:
        return self._take("sign")[1] if self._peek_sign(*signs) else None

    def _word(self, word: str) -> bool:
        return self._peek_word(word) and bool(self._take("word"))

    def _need(self, sign: str) -> None:
        if self._sign(sign) is None:
            raise _Beyond

    def _need_word(self, word: str) -> None:
        if not self._word(word):
            raise _Beyond

    def _take(self, *kinds: str) -> tuple[str, str]:
        if self.done or self._tokens[self._at][0] not in kinds:
            raise _Beyond
        self._at += 1
        return self._tokens[self._at - 1]


def _span(text: str) -> timedelta:
    """Return the span of time that an interval's text says; months and years are none."""
    parts = re.findall(r"(\d+) *(second|minute|hour|day|week)s?", text)
    if not parts:
        raise _Beyond
    return sum((timedelta(**{f"{unit}s": int(count)}) for count, unit in parts), timedelta())


def _maybe_not(negated: bool, tree: Tree) -> Tree:
    return ("not", tree) if negated else tree
