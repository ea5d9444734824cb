"""`Patterned`: texts that match a regular expression, made by walking through its parts."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.limits import Limits
from belljar.data.sources.keeping import kept
from belljar.data.sources.source import Source

try:
    from re import _constants as codes  # type: ignore[attr-defined]  # of the standard library
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # pragma: no cover  # until 3.10
    import sre_constants as codes
    import sre_parse as parser

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Patterned"]

_ANY = string.ascii_lowercase + string.digits
_CATEGORIES = {
    codes.CATEGORY_DIGIT: string.digits,
    codes.CATEGORY_WORD: string.ascii_lowercase + string.digits,
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_DIGIT: string.ascii_lowercase,
    codes.CATEGORY_NOT_WORD: "-",
    codes.CATEGORY_NOT_SPACE: _ANY,
}
_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_TRIES = 200
# How much longer than the shortest match Hypothesis finds without being told.
_NEAR = 4


class Patterned(Source):
    """Texts that a pattern is found in, and that keep to the other limits as well."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        pattern = _translated(limits.pattern or "")
        try:
            self.pattern = re.compile(pattern)
            self.tree = _parsed(pattern)
        except (re.error, OverflowError) as error:
            raise CannotMeet(
                f"the pattern {limits.pattern!r} is not understood: {error}",
                fix="give the field a source",
            ) from None

    def one(self, draw: Draw) -> str:
        """Return one."""
        return self.again(draw, 0)

    def again(self, draw: Draw, attempt: int) -> str:
        """Return another one."""
        shortest = self.limits.min_length or 0
        longest = self.limits.max_length
        text = ""
        for trial in range(_TRIES):
            # Repetitions grow with the trials, for what has to be long.
            more = 3 if shortest <= 3 else shortest
            text = _Walk(draw.random, more if trial % 2 == 0 else 1 + trial // 8).text(self.tree)
            if self.limits.case is not None:
                text = text.upper() if self.limits.case == "upper" else text.lower()
            fits = shortest <= len(text) and (longest is None or len(text) <= longest)
            if fits and self.pattern.search(text) and text not in self.limits.excluded:
                return text
        raise CannotMeet(
            f"no text was found for the pattern {self.limits.pattern!r}, with {self.limits}; "
            f"tried {_TRIES}, the last one {text!r}",
            fix="give the field a source",
        )

    def column(self, draw: Draw, n: int) -> list[str]:
        """Return `n` of them."""
        pool = [self.one(draw) for _ in range(min(n, 512))]
        return draw.random.choices(pool, k=n) if n else []

    def strategy(self) -> SearchStrategy[str]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        whole = not self.limits.pattern or self.limits.pattern.endswith("$")
        texts = st.from_regex(self.pattern, alphabet=st.characters(exclude_categories=("Cs", "Cc")))
        # "$" also matches before a line feed at the end; nobody who writes it means that.
        if whole:
            texts = texts.filter(lambda text: not text.endswith("\n"))
        shortest, longest = self.limits.min_length or 0, self.limits.max_length
        if not shortest and longest is None:
            return texts
        least = self.tree.getwidth()[0]
        if shortest > least + _NEAR or (longest is not None and longest < least + _NEAR):
            # Hypothesis does not know what length is wanted, and would hardly ever find one.
            from belljar.data.draw import Draw

            return st.integers(0, 2**32).map(lambda number: self.one(Draw(number, "pattern")))
        return kept(
            texts,
            lambda text: shortest <= len(text) and (longest is None or len(text) <= longest),
            str(self.limits),
        )


def _translated(pattern: str) -> str:
    # As Rust and PostgreSQL write what Python has other words for.
    classes = {
        "[:alpha:]": "a-zA-Z",
        "[:digit:]": "0-9",
        "[:alnum:]": "a-zA-Z0-9",
        "[:upper:]": "A-Z",
        "[:lower:]": "a-z",
        "[:space:]": r"\s",
        r"\p{L}": "a-zA-Z",
        r"\p{Lu}": "A-Z",
        r"\p{Ll}": "a-z",
        r"\p{N}": "0-9",
        r"\z": r"\Z",
    }
    for theirs, ours in classes.items():
        if theirs.startswith(r"\p"):
            pattern = re.sub(rf"(?<!\[){re.escape(theirs)}", f"[{ours}]", pattern)
        pattern = pattern.replace(theirs, ours)
    return pattern


@lru_cache(maxsize=512)
def _parsed(pattern: str) -> Any:
    return parser.parse(pattern)


class _Walk:
    """One walk through a pattern; groups are remembered for references to them."""

    def __init__(self, chance: Random, more: int) -> None:
        self._chance = chance
        self._more = max(1, more)
        self._groups: dict[int, str] = {}

    def text(self, tree: Any) -> str:
        return "".join(self._part(code, argument) for code, argument in tree)

    def _part(self, code: Any, argument: Any) -> str:
        if code is codes.LITERAL:
            return chr(argument)
        if code is codes.NOT_LITERAL:
            return self._chance.choice([one for one in _ANY if one != chr(argument)])
        if code is codes.ANY:
            return self._chance.choice(_ANY)
        if code is codes.IN:
            return self._chance.choice(_members(tuple(argument)))
        if code is codes.BRANCH:
            return self.text(self._chance.choice(argument[1]))
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, getattr(codes, "POSSESSIVE_REPEAT", None)):
            least, most, inner = argument
            most = least + self._more if most is codes.MAXREPEAT else int(most)
            count = self._chance.randint(least, min(most, max(least, self._more + least)))
            return "".join(self.text(inner) for _ in range(count))
        if code is codes.SUBPATTERN:
            group, *_, inner = argument
            made = self.text(inner)
            if group is not None:
                self._groups[group] = made
            return made
        if code is codes.GROUPREF:
            return self._groups.get(argument, "")
        if code is codes.GROUPREF_EXISTS:
            group, yes, no = argument
            return self.text(yes if group in self._groups else no or [])
        if code is getattr(codes, "ATOMIC_GROUP", None):
            return self.text(argument)
        # Anchors and looks ahead take no room; whether they hold is judged at the end.
        return ""


@lru_cache(maxsize=2048)
def _members(items: tuple[Any, ...]) -> str:
    negated = items[0][0] is codes.NEGATE
    found: list[str] = []
    for code, argument in items:
        if code is codes.LITERAL:
            found.append(chr(argument))
        elif code is codes.RANGE:
            low, high = argument
            found.extend(map(chr, range(low, min(high, low + 255) + 1)))
        elif code is codes.CATEGORY:
            found.extend(_CATEGORIES[argument])
    if negated:
        kept = [one for one in _ANY if one not in found]
        return "".join(kept or [one for one in _PRINTABLE if one not in found] or ["\u00e9"])
    return "".join(dict.fromkeys(found))
