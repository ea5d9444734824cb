"""`faked`, `one_of`, `sequence` and the others: the words of a factory; what can't be is refused when it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.sources.choices import AnyOf, Choices, Fixed
from belljar.data.sources.given import Derived, Drawn, Faked, Many, One, Sequence
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = [
    "derived",
    "drawn",
    "faked",
    "fixed",
    "many",
    "nothing",
    "one",
    "one_of",
    "sequence",
]

# What a Faker has beside its providers' methods.
_NO_VALUES = frozenset(
    [
        "add_provider",
        "del_arguments",
        "factories",
        "generator_attrs",
        "get_arguments",
        "items",
        "locales",
        "optional",
        "provider",
        "providers",
        "random",
        "seed",
        "seed_instance",
        "seed_locale",
        "set_arguments",
        "set_formatter",
        "unique",
        "weights",
    ]
)


def faked(method: str, /, *args: Any, unique: bool = False, **options: Any) -> Source:
    """Return a source of what Faker's `method` gives; `unique` values are tagged with the test."""
    if not isinstance(method, str) or method.startswith("_") or method in _NO_VALUES:
        raise CannotMeet(
            f"{method!r} is no method of Faker's that gives a value",
            place="faked",
            choices=("the name of a method",),
            fix='faked("email")',
        )
    return Faked(method, args, options, unique)


def one_of(*values: Any) -> Source:
    """Return a source that chooses among `values`."""
    if not values:
        raise CannotMeet("one_of() has nothing to choose from", fix='one_of("basic", "gold")')
    if any(isinstance(value, Source) for value in values):
        return AnyOf([v if isinstance(v, Source) else Fixed(v) for v in values])
    return Choices(values)


def fixed(value: Any) -> Source:
    """Return a source of always the same value."""
    return Fixed(value)


def sequence(form: str | Callable[[int], Any], /, start: int = 1) -> Source:
    """Return a source that counts in each test: `sequence("user-{n}")`, `sequence(lambda n: n * 10)`."""
    if not callable(form):
        _check_form(form)
    if isinstance(start, bool) or not isinstance(start, int):
        raise CannotMeet(f"{start!r} is no number", place="sequence", fix="sequence(..., start=1)")
    return Sequence(form, start)


def derived(function: Callable[[Any], Any], /) -> Source:
    """Return a source of what `function` makes of the row so far: `derived(lambda row: row.net * 2)`."""
    return Derived(_function("derived", "row", function))


def drawn(function: Callable[[Draw], Any], /, *, unique: bool = False) -> Source:
    """Return a source of what `function` makes of the Draw: `drawn(lambda draw: draw.random.random())`."""
    return Drawn(_function("drawn", "draw", function), unique)


def one(model_or_factory: Any, /, **values: Any) -> Source:
    """Return a source of an object of another model, with `values` for its fields."""
    return One(model_or_factory, values)


def many(model_or_factory: Any, count: int | tuple[int, int] = 2, /, **values: Any) -> Source:
    """Return a source of a list of `count` objects, or of between two counts."""
    return Many(model_or_factory, _range(count), values)


def _function(source: str, argument: str, function: Any) -> Any:
    if callable(function):
        return function
    raise CannotMeet(
        f"{function!r} is no function", place=source, fix=f"{source}(lambda {argument}: ...)"
    )


def _check_form(form: Any) -> None:
    """Raise CannotMeet for a text that does not count."""
    try:
        counts = form.format(1, n=1) != form.format(2, n=2)
    except (AttributeError, LookupError, ValueError, TypeError):
        counts = False
    if not counts:
        raise CannotMeet(
            f"{form!r} has no number in it",
            place="sequence",
            choices=("a text with {n}", "a function of the number"),
            fix='sequence("user-{n}")',
        )


def _range(count: Any) -> tuple[int, int]:
    low, high = count if isinstance(count, tuple) and len(count) == 2 else (count, count)
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in (low, high))
    if not whole or low < 0 or low > high:
        raise CannotMeet(
            f"there can't be {count!r} of them",
            place="many",
            choices=("a number", "(least, most)"),
            fix="many(OrderFactory, 2)",
        )
    return low, high


def nothing() -> Source:
    """Return a source of None."""
    return Fixed(None)
