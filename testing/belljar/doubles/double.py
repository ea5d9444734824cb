"""`Double`: what the fixture `double` gives; doubles of classes and functions that know what the real ones know.

cache = double(Cache, size=3)            # values of attributes, answers of methods
cache.get.return_value = None            # as with unittest.mock, which is underneath
double.expect(cache.put).called_with("key", "value")
double.replace("shop.mail.send").return_value = None
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar, cast, get_origin
from unittest import mock

from belljar.doubles.errors import BadExpectation, NoSuchThing
from belljar.doubles.expectation import UNSET, Expectation
from belljar.doubles.instance import METHOD, give, make_instance, seal_method
from belljar.doubles.ledger import Ledger
from belljar.doubles.method import Method
from belljar.doubles.spec import Member, method_of, spec_of
from belljar.doubles.spoken import Spoken

__all__ = ["Double"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

T = TypeVar("T")


class Double(Spoken):
    """Makes doubles; all that is replaced is as before when the test ends."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._patches = ExitStack()

    def __call__(self, kind: type[T] | Callable[..., Any] = UNSET, /, **given: Any) -> Any:
        """Give a double of the class's instances, or of a function.

        `given` are values of attributes and answers of methods. All else that the real one has is there, and
        refuses to answer; what the real one does not have is not there.
        """
        if isinstance(origin := get_origin(kind), type):
            kind = origin  # of Box[int] the class
        if isinstance(kind, type):
            if hasattr(kind, "assert_called_once") and issubclass(kind, mock.NonCallableMock):
                raise self._ledger.error(
                    BadExpectation, f"{kind!r} is a mock itself", fix="name the real class"
                )
            return make_instance(spec_of(kind), given, self._ledger)
        if inspect.isroutine(kind) or isinstance(kind, functools.partial):
            return self._function(kind, given)
        raise self._no_double(kind)

    def expect(self, method: Any) -> Expectation:
        """Expect a call of a double's method: `.called_with(...)`, `.returns(...)`, `.raises(...)`, `.times(...)`."""
        answering = inspect.getattr_static(method, METHOD, None)
        if not isinstance(answering, Method):
            raise self._ledger.error(
                BadExpectation,
                f"double.expect({method!r}): that is no method of a double",
                choices=["a method of double(CLASS)", "double(FUNCTION)"],
                fix="double.expect(cache.get)",
            )
        return answering.expect()

    def give(self, double: T, **values: Any) -> T:
        """Give a double's attributes values, and its methods answers; read-only properties, too."""
        give(double, values, self._ledger)
        return double

    def replace(self, target: str | Any, name: str = "", replacement: Any = UNSET) -> Any:
        """Put a double in the place of `"module.name"`, or of an attribute, until the test ends, and give it.

        A class becomes one that checks its arguments and gives `.return_value`, a double of its instances; an
        object becomes a double of its class. All else needs a `replacement`.
        """
        owner, name = self._owner(target, name)
        if not hasattr(owner, name):
            raise self._nothing(owner, name)
        if replacement is UNSET:
            replacement = self._in_place_of(owner, name)
        self._patches.enter_context(mock.patch.object(owner, name, replacement))
        return replacement

    def _in_place_of(self, owner: Any, name: str) -> Any:
        real = getattr(owner, name)
        if isinstance(real, type):
            return self._class(real)
        if isinstance(owner, type) and inspect.isfunction(inspect.getattr_static(owner, name)):
            return self._function(real, {}, bound=True)  # called through an instance
        kind = type(real)
        if kind.__module__ == "builtins" and not callable(real):
            raise self._ledger.error(
                NoSuchThing,
                f"double.replace({name!r}): a {kind.__name__} has no doubles",
                choices=["a class", "a function", "an object of a class"],
                fix=f"double.replace(..., {name!r}, VALUE), or replacement=VALUE",
            )
        return self(real if inspect.isroutine(real) else kind)

    def close(self) -> None:
        """Put back all that was replaced."""
        self._patches.close()

    def _owner(self, target: str | Any, name: str) -> tuple[Any, str]:
        if not isinstance(target, str):
            if not name or target is None:
                raise self._no_name(f"double.replace({target!r}, {name!r})")
            return target, name
        path, _, name = target.rpartition(".")
        if not path or not all(path.split(".")):
            raise self._no_name(f"double.replace({target!r})")
        owner: Any = None
        done = ""
        for part in path.split("."):
            longer = f"{done}.{part}" if done else part
            try:
                owner = (
                    import_module(longer)
                    if owner is None or isinstance(owner, ModuleType)
                    else getattr(owner, part)
                )
            except ModuleNotFoundError as error:
                if error.name not in (longer, longer.partition(".")[0]) and done:
                    raise
                if owner is None or not hasattr(owner, part):
                    raise self._nothing(owner, part or target) from None
                owner = getattr(owner, part)
            except AttributeError:
                raise self._nothing(owner, part) from None
            done = longer
        return owner, name

    def _no_name(self, call: str) -> NoSuchThing:
        return self._ledger.error(
            NoSuchThing,
            f"{call}: that is no name in a module",
            choices=['double.replace("shop.mail.send")', 'double.replace(mail, "send")'],
            fix="name what the code under test uses, where it uses it",
        )

    def _nothing(self, owner: Any, name: str) -> NoSuchThing:
        there = [each for each in dir(owner) if not each.startswith("__")] if owner else []
        near = difflib.get_close_matches(name, there, 5, 0.5) or there[:20]
        shown = getattr(owner, "__name__", repr(owner)) if owner is not None else "no module"
        return self._ledger.error(
            NoSuchThing,
            f"{shown} has no {name!r}: a double in its place would never be used"
            if owner is not None
            else f"there is no module {name!r}",
            choices=near or ['double.replace("shop.mail.send")'],
            fix="name what the code under test uses, where it uses it",
        )

    def _no_double(self, kind: Any) -> NoSuchThing:
        of = type(kind)
        fix = "name the class or the function itself"
        if isinstance(kind, ModuleType):
            fix = f'double.replace("{kind.__name__}.NAME")'
        elif of.__module__ != "builtins":
            fix = f"double({of.__name__}): the class, and not an object of it"
        return self._ledger.error(
            NoSuchThing,
            f"double({kind!r}): a {of.__name__} has no doubles",
            choices=["a class", "a function"],
            fix=fix,
        )

    def _function(
        self, function: Callable[..., Any], given: dict[str, Any], *, bound: bool = False
    ) -> Any:
        name = getattr(function, "__qualname__", repr(function))
        if set(given) - {"return_value", "side_effect"}:
            raise self._ledger.error(
                BadExpectation,
                f"double({name}): {', '.join(given)}",
                choices=["return_value=", "side_effect="],
                fix=f"double({name}, return_value=...), or double.expect(it).returns(...)",
            )
        child = mock.AsyncMock() if inspect.iscoroutinefunction(function) else mock.MagicMock()
        member = method_of(getattr(function, "__name__", "call"), function, bound=bound)
        answering = bind_method("", member, child, self._ledger)
        functools.update_wrapper(child, function)
        if "return_value" in given:
            answering.check(given["return_value"])
        child.configure_mock(**given)
        seal_method(child, answering)
        return child

    def _class(self, real: type) -> Any:
        child = mock.MagicMock(spec_set=[])
        signature = method_of(real.__name__, cast(Any, real), bound=False).signature
        member = Member(real.__name__, real, signature)
        bind_method("", member, child, self._ledger)
        child.return_value = self(real)
        return child


def bind_method(owner: str, member: Member, child: Any, ledger: Ledger) -> Method:
    """Let a method answer for a mock, and be found again by `expect`."""
    answering = Method(owner, member, ledger)
    answering.attach(child)
    child.__dict__[METHOD] = answering
    return answering
