"""`contract_tests`: the tests that an entry's model inside the process and its server do the same.

    TestPayments = contract_tests("payments")

Each operation of the entry runs against both, in a namespace of the same name, and fails where they part. An entry
with a document has a test for each operation of that, too: the answers have to be valid by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest

from belljar.mocks.registry.comparing import differences
from belljar.mocks.registry.errors import BadEntry
from belljar.mocks.registry.mock_entry import Entry
from belljar.mocks.registry.recording import Record
from belljar.mocks.registry.registered import entry as entry_named

__all__ = ["ContractTests", "Operation", "Sides", "contract_tests", "parted"]

Operation = Callable[[Any, Record], object]


def contract_tests(entry: str | Entry, *operations: Operation) -> type[ContractTests]:
    """Return a class of tests for an entry; `operations` are run besides those that it has itself."""
    __tracebackhide__ = True
    found = entry_named(entry) if isinstance(entry, str) else entry
    for each in operations:
        if not callable(each):
            raise BadEntry(
                f"{each!r} is no operation of a contract",
                fix="give a function of the client and a Record, without ()",
            )
    every = (*found.operations, *operations)
    bases: list[type[ContractTests]] = [OperationTests] if every else []
    if found.document is not None:
        bases.append(DocumentTests)
    return type(
        f"Test{found.name.title().replace(' ', '')}Contract",
        tuple(bases or [ContractTests]),
        {"entry": found, "operations": every},
    )


class Sides:
    """The two: `inside` and `served` are addresses."""

    def __init__(self, inside: str, served: str) -> None:
        self.inside = inside
        self.served = served


class ContractTests:
    """The tests themselves; `contract_tests` makes a subclass for each entry."""

    entry: ClassVar[Entry]
    operations: ClassVar[tuple[Operation, ...]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test for each operation."""
        if "operation" in metafunc.fixturenames:
            names = [_name(each) for each in self.operations]
            metafunc.parametrize("operation", self.operations, ids=names)
        if "declared" in metafunc.fixturenames:
            from belljar.mocks.registry.documents import operations_of

            declared = operations_of(self.entry)
            metafunc.parametrize("declared", declared, ids=[str(each) for each in declared])

    @pytest.fixture(scope="class")
    @classmethod
    def sides(cls) -> Iterator[Sides]:
        """Give the model in this process and the server in another."""
        from belljar.mocks.registry.serving import served

        text = ""
        inside = cls.entry.start_inside()
        try:
            with served(cls.entry) as url:
                yield Sides(inside.url, url)
        except BadEntry as error:
            text = str(error)
        finally:
            inside.close()
        if text:  # out of the handler, or pytest would tell it twice
            pytest.fail(text, pytrace=False)

    def test_it_has_a_contract(self) -> None:
        """Without operations and without a document, nothing would be compared."""
        if not self.operations and self.entry.document is None:
            pytest.fail(
                f"{self.entry.name} has no operations, and no document\n"
                "  fix: Entry(operations=[...]), functions of the client and a Record",
                pytrace=False,
            )


class OperationTests(ContractTests):
    """Those of an entry that has operations."""

    def test_both_sides_do_the_same(self, sides: Sides, operation: Operation) -> None:
        """The same answers, the same journal, the same effects."""
        if found := parted(self.entry, sides, operation):
            pytest.fail(found, pytrace=False)


class DocumentTests(ContractTests):
    """Those of an entry that has a document."""

    def test_answers_are_as_declared(self, sides: Sides, declared: Any) -> None:
        """By the document, on both sides."""
        from belljar.mocks.registry.documents import undeclared

        found = {
            side: lines
            for side, url in (("inside", sides.inside), ("served", sides.served))
            if (lines := undeclared(self.entry, declared, url))
        }
        if found:
            lines = [f"  {side}: {line}" for side, those in found.items() for line in those]
            pytest.fail(
                "\n".join([f"{self.entry.name}: {declared} is not answered as declared:", *lines]),
                pytrace=False,
            )


def parted(entry: Entry, sides: Sides, operation: Operation) -> str:
    """Return where the two sides part in an operation; nothing if they do not."""
    name = f"contract-{_name(operation)}"[:100]
    seen, addresses = [], []
    for url in (sides.inside, sides.served):
        client = entry.make_client(url, name)
        record = Record()
        client.reset()
        try:
            operation(client, record)
        except Exception as error:
            record.note("the operation ended with", error)
        record.note(
            "journal", [[each["method"], each["path"], each["status"]] for each in client.journal()]
        )
        record.note("effects", dict(client.effects()))
        seen.append(record.seen)
        if close := getattr(client, "close", None):
            close()
        addresses.append((url, url.removeprefix("http://"), *record.hidden))
    found = differences(
        seen[0], seen[1], ignored=entry.ignored, addresses=(addresses[0], addresses[1])
    )
    if not found:
        return ""
    lines = [f"{entry.name}: {_name(operation)} parts the model inside from the server:"]
    lines += [f"  {line}" for line in found]
    if entry.ignored:
        lines.append("  not compared:")
        lines += [f"    {pattern}: {why}" for pattern, why in entry.ignored.items()]
    return "\n".join(lines)


def _name(operation: Operation) -> str:
    return getattr(operation, "__name__", "operation").strip("_")
