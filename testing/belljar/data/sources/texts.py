"""`Texts`: short plain texts; where a field's name says what it holds, of that form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from belljar.data.errors import CannotMeet
from belljar.data.shape.limits import Limits
from belljar.data.sources import words
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Texts"]

_Form = Callable[["Draw"], str]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _of(values: tuple[str, ...]) -> _Form:
    count = len(values)
    return lambda draw: values[int(draw.random.random() * count)]


_word = _of(words.WORDS)
_first = _of(words.FIRST_NAMES)
_last = _of(words.LAST_NAMES)


def _two_words(draw: Draw) -> str:
    return f"{_word(draw)} {_word(draw)}"


def _sentence(draw: Draw) -> str:
    return " ".join(_word(draw) for _ in range(6)).capitalize() + "."


def _email(draw: Draw) -> str:
    return f"{_word(draw)}.{_word(draw)}{int(draw.random.random() * 900) + 100}@example.com"


def _url(draw: Draw) -> str:
    return f"https://example.com/{_word(draw)}/{_word(draw)}"


def _phone(draw: Draw) -> str:
    # Reserved for fiction: it reaches nobody.
    return f"+1202555{100 + int(draw.random.random() * 100):04d}"


def _person(draw: Draw) -> str:
    return f"{_first(draw)} {_last(draw)}"


def _slug(draw: Draw) -> str:
    return f"{_word(draw)}-{_word(draw)}"


def _digits(draw: Draw) -> str:
    return str(draw.random.randrange(10**9, 10**10))


def _hex(draw: Draw) -> str:
    return f"{draw.random.getrandbits(128):032x}"


def _address(draw: Draw) -> str:
    return f"192.0.2.{1 + int(draw.random.random() * 254)}"


def _day(draw: Draw) -> str:
    return draw.now.date().isoformat()


def _color(draw: Draw) -> str:
    return f"#{draw.random.getrandbits(24):06x}"


# By the last words of a field's name; the first that fits. What none fits is a word or two.
_HINTS: tuple[tuple[re.Pattern[str], _Form], ...] = tuple(
    (re.compile(rf"(?:^|_)(?:{names})$"), form)
    for names, form in (
        ("e_?mail|email_address|mail", _email),
        ("url|uri|link|website|homepage|webhook|avatar|href", _url),
        ("phone|phone_number|mobile|telephone|fax", _phone),
        ("first_name|given_name|forename|firstname", _first),
        ("last_name|family_name|surname|lastname", _last),
        ("full_name|display_name|author|customer_name|person|contact", _person),
        ("slug|handle", _slug),
        ("city|town", _of(words.CITIES)),
        ("country|country_code|nationality", _of(words.COUNTRIES)),
        ("currency|currency_code", _of(words.CURRENCIES)),
        ("locale|language|lang", _of(words.LOCALES)),
        ("timezone|time_zone|tz", _of(("Europe/Berlin", "Europe/London", "UTC"))),
        ("hash|digest|checksum|sha256|token|password_hash|fingerprint", _hex),
        ("zip|zip_code|zipcode|postcode|postal_code", lambda draw: _digits(draw)[:5]),
        ("ip|ip_address|remote_addr", _address),
        ("colou?r", _color),
        ("body|description|text|summary|bio|message|comment|content|note|notes", _sentence),
        ("title|name|subject|label|street", _two_words),
    )
)
# What is tried after a model has refused: validators ask for these, as a rule.
_TRIED: tuple[_Form, ...] = (
    _word,
    lambda draw: _word(draw).capitalize(),
    lambda draw: _word(draw).upper(),
    _person,
    _email,
    _slug,
    _digits,
    lambda draw: f"{_word(draw).capitalize()}-{_digits(draw)[:4]}!x",
    _url,
    lambda draw: f"{_word(draw)}_{_word(draw)}",
    _hex,
    lambda draw: f"{_word(draw).capitalize()}{_digits(draw)[:4]}",
    _phone,
    lambda draw: f"{_word(draw)}.example.com",
    _of(words.CURRENCIES),
    _of(words.COUNTRIES),
    _day,
    lambda draw: f"{_day(draw)}T12:00:00+00:00",
    _address,
    _color,
    lambda draw: f"{_word(draw)[:3].upper()}-{_digits(draw)[:4]}",
    _of(("Europe/Berlin", "UTC")),
    _of(words.LOCALES),
    lambda draw: str(int(draw.random.random() * 100)),
    lambda draw: f"{draw.random.random() * 100:.2f}",
    lambda draw: f"/{_word(draw)}/{_word(draw)}",
    lambda draw: '{"a": 1}',
    _sentence,
    lambda draw: "".join(draw.random.choices(_LETTERS.upper(), k=3)),
    lambda draw: (
        f"{_hex(draw)[:8]}-{_hex(draw)[:4]}-4{_hex(draw)[:3]}-8{_hex(draw)[:3]}-{_hex(draw)[:12]}"
    ),
)


class Texts(Source):
    """Texts within limits; `name` is the field's."""

    def __init__(self, limits: Limits, name: str = "") -> None:
        self.limits = limits
        self.shortest = limits.min_length or 0
        self.longest = limits.max_length
        if self.longest is not None and self.shortest > self.longest:
            raise CannotMeet(f"no text keeps to {limits}", fix="give the field a source")
        plain = _two_words if self.longest is None or self.longest >= 24 else _word
        lowered = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        self._form = next((form for hint, form in _HINTS if hint.search(lowered)), plain)
        self._free = not self.shortest and self.longest is None and limits.case is None

    def one(self, draw: Draw) -> str:
        """Return one."""
        text = self._form(draw)
        if self._free or (self._within(text) and self.limits.case is None):
            return text
        return self._fitted(text, draw)

    def again(self, draw: Draw, attempt: int) -> str:
        """Return another one."""
        if attempt == 1:
            return self.one(draw)
        return self._fitted(_TRIED[(attempt - 2) % len(_TRIED)](draw), draw)

    def _within(self, text: str) -> bool:
        return self.shortest <= len(text) and (self.longest is None or len(text) <= self.longest)

    def _fitted(self, text: str, draw: Draw) -> str:
        if not self._within(text):
            if self.longest is not None and len(text) > self.longest:
                # A cut address is none; a cut word is a word.
                text = text[: self.longest] if text.isalnum() else _word(draw)[: self.longest]
                text = text.rstrip() or "x"[: self.longest]
            missing = self.shortest - len(text)
            if missing > 0:
                text += "".join(draw.random.choices(_LETTERS, k=missing))
        if self.limits.case is not None:
            text = text.upper() if self.limits.case == "upper" else text.lower()
        return text

    def column(self, draw: Draw, n: int) -> list[str]:
        """Return `n` of them."""
        pool = [self.one(draw) for _ in range(min(n, 1024))]
        return draw.random.choices(pool, k=n) if n else []

    def strategy(self) -> SearchStrategy[str]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        # NUL and lone surrogates can be stored in no database.
        signs = st.characters(codec="utf-8", exclude_characters="\x00")
        texts = st.text(signs, min_size=self.shortest, max_size=self.longest)
        case = self.limits.case
        if case is None:
            return texts
        return texts.map(str.upper if case == "upper" else str.lower).filter(self._within)
