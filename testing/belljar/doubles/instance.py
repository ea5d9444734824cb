"""`make_instance`: a double of a class's instances, specced and sealed.

It is a mock with the class's methods as mocks, and all other attributes as properties of its own type:
they have a value when one was given, and a type that it has to have.
"""

from __future__ import annotations

import difflib
from typing import Any
from unittest import mock

from belljar.doubles.errors import BadExpectation, NoAttribute, NotGiven
from belljar.doubles.expectation import UNSET
from belljar.doubles.fitting import annotation_text, fits
from belljar.doubles.ledger import Ledger
from belljar.doubles.method import Method
from belljar.doubles.spec import Member, Spec

__all__ = ["METHOD", "give", "make_instance"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

VALUES = "_belljar_values"
INSTANCE = "_belljar_instance"
METHOD = "_belljar_method"
# What a mock has on itself, beside what its class has.
OWN = {*dir(mock.AsyncMock()), "method_calls"}
ASSERTED = sorted(name for name in OWN if not name.startswith("_"))
# What every object has: a mock sets these when they are first used.
OBJECT = {*dir(object), "__bool__"}


def make_instance(spec: Spec, given: dict[str, Any], ledger: Ledger) -> Any:
    """Give the double, with what is given: values of attributes, answers of methods."""
    called = spec.members.get("__call__")
    kind = mock.MagicMock if called is not None else mock.NonCallableMagicMock
    double = kind(spec=spec.kind, name=spec.kind.__name__)
    instance = _Instance(spec, double, ledger)
    double.__dict__[INSTANCE] = instance
    double.__dict__[VALUES] = {}
    for member in spec.members.values():
        if member.is_method:
            instance.add_method(member)
        else:
            instance.add_attribute(member)
    instance.seal()
    instance.give(given)
    return double


def give(double: Any, values: dict[str, Any], ledger: Ledger) -> None:
    """Give attributes values and methods answers."""
    instance = getattr(double, "__dict__", {}).get(INSTANCE)
    if instance is None:
        raise ledger.error(
            BadExpectation,
            f"double.give({double!r}): that is no double",
            choices=["what double(CLASS) gave"],
            fix="double.give(payments, is_up=True)",
        )
    instance.give(values)


def seal_method(child: Any, answering: Method) -> None:
    """Let a misspelt assertion, or what no mock has, be refused on a method, too: to be read, and to be set."""
    kind: Any = type(child)
    get, put = kind.__getattr__, kind.__setattr__

    def __getattr__(double: Any, name: str) -> Any:
        if not _is_own(name) and not name.startswith("__"):
            raise answering.unknown(name, ASSERTED)
        return get(double, name)

    def __setattr__(double: Any, name: str, value: Any) -> None:
        if not _is_own(name) and not name.startswith("__"):
            raise answering.unknown(name, ASSERTED)
        put(double, name, value)

    kind.__getattr__ = __getattr__
    kind.__setattr__ = __setattr__


class _Instance:
    def __init__(self, spec: Spec, double: Any, ledger: Ledger) -> None:
        self.spec = spec
        self.name = spec.kind.__name__
        self._double = double
        self._ledger = ledger

    def add_method(self, member: Member) -> None:
        name = member.name
        answering = Method(self.name, member, self._ledger)
        if name == "__call__":
            answering.attach(self._double)
            self._double.__dict__[METHOD] = answering
            return
        magic = name.startswith("__")
        child = mock.AsyncMock(name=name) if member.is_async else mock.MagicMock(name=name)
        answering.attach(child)
        child.__dict__[METHOD] = answering
        seal_method(child, answering)
        if magic:
            # A mock keeps what is set of these on its type, where Python looks for them.
            setattr(self._double, name, child)
            if name in ("__enter__", "__aenter__"):
                child.return_value = self._double
            elif name in ("__exit__", "__aexit__"):
                child.return_value = None
        else:
            self._double.attach_mock(child, name)

    def add_attribute(self, member: Member) -> None:
        def get(double: Any) -> Any:
            value = double.__dict__[VALUES].get(member.name, UNSET)
            if value is UNSET and member.default is not ...:
                return member.default
            if value is UNSET:
                raise self._ledger.complaint(
                    NotGiven,
                    f"{self.name}.{member.name} was read, and the test gives no value",
                    choices=[f"{member.name}: {annotation_text(member.annotation)}"],
                    fix=f"double({self.name}, {member.name}=...)",
                )
            return value

        def put(double: Any, value: Any) -> None:
            if not member.settable:
                raise self._ledger.complaint(
                    NoAttribute,
                    f"{self.name}.{member.name} is a property without a setter, and was set to {value!r}",
                    choices=self.spec.public(),
                    fix=f"in the test: double.give(it, {member.name}=...)",
                )
            self.store(member, value)

        setattr(type(self._double), member.name, property(get, put))

    def store(self, member: Member, value: Any) -> None:
        if not fits(value, member.annotation):
            raise self._ledger.complaint(
                BadExpectation,
                f"{self.name}.{member.name} is {annotation_text(member.annotation)}, and was given {value!r}",
                choices=[f"{member.name}: {annotation_text(member.annotation)}"],
                fix="give it what the real one has",
            )
        self._double.__dict__[VALUES][member.name] = value

    def give(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            member = self.spec.members.get(name)
            if member is None:
                raise self.unknown(name)
            if not member.is_method:
                self.store(member, value)
                continue
            child = self._double if name == "__call__" else getattr(self._double, name)
            answering: Method = child.__dict__[METHOD]
            answering.check(value)
            child.return_value = value

    def seal(self) -> None:
        """Let what the class does not have be neither there nor set."""
        kind: Any = type(self._double)
        get, put = kind.__getattr__, kind.__setattr__

        def __getattr__(double: Any, name: str) -> Any:
            if not _is_own(name) and name not in self.spec.members and not name.startswith("__"):
                raise self.unknown(name)
            return get(double, name)

        def __setattr__(double: Any, name: str, value: Any) -> None:
            if not _is_own(name) and name not in self.spec.members and name not in OBJECT:
                raise self._complain(self.unknown(name))
            put(double, name, value)

        kind.__getattr__ = __getattr__
        kind.__setattr__ = __setattr__

    def unknown(self, name: str) -> NoAttribute:
        near = difflib.get_close_matches(name, self.spec.members, 3, 0.6)
        return self._ledger.error(
            NoAttribute,
            f"{self.name} has no attribute {name!r}",
            choices=[each for each in self.spec.public() if each.partition("(")[0] in near]
            or self.spec.public(),
            fix="use what the real class has; a typo, or the class has changed",
        )

    def _complain(self, error: NoAttribute) -> NoAttribute:
        self._ledger.complaints.append(error)
        return error


def _is_own(name: str) -> bool:
    """Whether it is a mock's own, as `assert_called_once`, or its inside."""
    return name.startswith(("_mock", "_spec", "_belljar")) or name in OWN
