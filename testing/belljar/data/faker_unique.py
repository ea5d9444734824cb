"""`TaggingUnique`: Faker's `unique`, whose values no other test has, either.

Faker's own only sees to it that a value does not come twice in one test. This one puts the test's tag into values
whose form has room for it: e-mail addresses, URLs, host and file names, names, addresses, words and sentences.
What has a form of its own (a UUID, an IBAN, a date, a number, a country) stays as it is, and is unique in the
test. A provider's own texts are tagged if its class names their methods: `__unique_texts__ = {"nickname"}`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import PurePosixPath
from typing import Any

from faker import Faker
from faker.exceptions import UniquenessException
from faker.proxy import UniqueProxy  # type: ignore[attr-defined]  # its stub has only methods

from belljar.data.errors import CannotMeet, Exhausted
from belljar.data.tagging import form_of
from belljar.data.uniqueness import Unique

__all__ = ["NoMoreValues", "TaggingUnique"]

_TEXTS = """
    address bs catch_phrase city company job job_female job_male paragraph secondary_address sentence slug
    street_address street_name text uri_page uri_path user_name word
"""
_HOSTS = frozenset({"domain_name", "hostname", "safe_domain_name"})
_WHOLE = _HOSTS.union(_TEXTS.split())
_FILES = frozenset({"file_name", "file_path"})
_NO_NAMES = frozenset({"language_name"})


class NoMoreValues(Exhausted, UniquenessException):
    """A method of Faker has given all the values that it has; who catches Faker's own error gets this one."""


class TaggingUnique(UniqueProxy):  # type: ignore[misc]  # likewise
    """Faker's proxy, with the unique values of a test."""

    def __init__(self, proxy: Faker, unique: Unique, excluded_types: tuple[type, ...] = ()) -> None:
        super().__init__(proxy, excluded_types)
        self._unique = unique

    def exclude_types(self, types: list[type]) -> TaggingUnique:
        """Give a proxy that lets values of these types be, and come twice."""
        return self._like(self._proxy, tuple(types))

    def __getitem__(self, locale: str) -> TaggingUnique:
        return self._like(self._proxy[locale], self._excluded_types)

    def _like(self, proxy: Faker, excluded: tuple[type, ...]) -> TaggingUnique:
        other = TaggingUnique(proxy, self._unique, excluded)
        other._seen = self._seen
        other._sentinel = self._sentinel
        return other

    def _wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        once = super()._wrap(name, function)

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            form = self._form(name)
            if form != "own":
                value = function(*args, **kwargs)
                if isinstance(value, str) and not isinstance(value, self._excluded_types):
                    limit = _limit(name, args, kwargs)
                    return self._tagged(name, form, value, limit)
                if isinstance(value, self._excluded_types):
                    return value
            try:
                value = once(*args, **kwargs)
            except UniquenessException:
                given = len(self._seen.get((name, args, tuple(sorted(kwargs.items()))), ())) - 1
                raise NoMoreValues(
                    f"{name} has given {given} values, and finds no other one",
                    place=f"faker.unique.{name}",
                    choices=(f"faker.{name}", "data.unique.text", "data.unique.integer"),
                    fix="ask for fewer, take a method that has more, or let values come twice: "
                    f"faker.{name}()",
                ) from None
            # An address or a URL of any provider is known by its form.
            if isinstance(value, str) and form_of(value) in ("email", "url"):
                return self._tagged(name, "text", value, None)
            return value

        return wrapper

    def _tagged(self, name: str, form: str, value: str, limit: int | None) -> str:
        __tracebackhide__ = True
        try:
            if form == "file":
                path = PurePosixPath(value)
                tagged = self._unique.text(path.stem)
                return str(path.with_name(tagged + path.suffix))
            if form == "label":
                return self._unique.text(value, 63)
            return self._unique.text(value, limit)
        except CannotMeet as error:
            raise CannotMeet(
                error.summary,
                place=f"faker.unique.{name}",
                fix=f"ask for longer ones, or let values come twice: faker.{name}(...)",
            ) from None

    def _form(self, name: str) -> str:
        """Give where a method's values are tagged: `text`, `label`, `file`; or `own`: not, but for addresses."""
        if name in _FILES:
            return "file"
        if name == "domain_word":
            return "label"
        if name in _WHOLE:
            return "text"
        for part in self._proxy.factories:
            provider = getattr(_innermost(getattr(part, name, None)), "__self__", None)
            person = getattr(provider, "__provider__", "") == "faker.providers.person"
            if person and "name" in name and name not in _NO_NAMES:
                return "text"
            if name in getattr(provider, "__unique_texts__", ()):
                return "text"
        return "own"


def _innermost(function: Any) -> Any:
    while (inner := getattr(function, "__wrapped__", None)) is not None:
        function = inner
    return function


def _limit(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    if name != "text":
        return None
    limit = args[0] if args else kwargs.get("max_nb_chars", 200)
    return limit if isinstance(limit, int) else None
