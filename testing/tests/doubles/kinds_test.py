"""Doubles of every kind of class: Protocols, generics, operators, context managers, constants; and what is misspelt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import pytest

from belljar.doubles import BadExpectation, Double, DoubleError, NoAttribute, NoSuchThing, Refused
from belljar.doubles.ledger import Ledger

T = TypeVar("T")


@dataclass
class User:
    number: int
    name: str = "Ada"


class Users(Protocol):
    """A port: its methods only declare."""

    def get(self, number: int) -> User | None: ...
    def each(self) -> Iterator[User]: ...
    def follow(self) -> AsyncIterator[User]: ...
    async def load(self, number: int) -> User: ...
    def save(self, user: User) -> None: ...


class Transaction:
    def run(self, sql: str) -> int:
        raise NotImplementedError


class Client:
    RETRIES = 3
    timeout: float = 2.5
    users: Users | None = None

    def __add__(self, other: int) -> int:
        raise NotImplementedError

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        raise NotImplementedError
        yield

    @asynccontextmanager
    async def begin_async(self) -> AsyncIterator[Transaction]:
        raise NotImplementedError
        yield


class Box(Generic[T]):
    def get(self) -> T:
        raise NotImplementedError


@pytest.fixture
def make(ledger: Ledger) -> Iterator[Double]:
    maker = Double(ledger)
    yield maker
    maker.close()


def test_methods_that_only_declare_an_iterator_take_a_list(make: Double) -> None:
    ada = User(1)
    users = make(Users, each=[ada], follow=[ada, ada])

    async def followed() -> list[User]:
        return [user async for user in users.follow()]

    assert list(users.each()) == [ada]
    assert asyncio.run(followed()) == [ada, ada]
    with pytest.raises(BadExpectation, match=r"Users\.each returns"):
        make(Users, each=3)


def test_a_method_that_is_a_context_manager_gives_what_it_would_yield(make: Double) -> None:
    transaction = make(Transaction, run=1)
    client = make(Client, begin=transaction, begin_async=transaction)

    async def use() -> int:
        async with client.begin_async() as begun:
            result: int = begun.run("select 1")
        return result

    with client.begin() as begun:
        assert begun.run("select 1") == 1
    assert asyncio.run(use()) == 1
    with pytest.raises(BadExpectation, match=r"Client\.begin returns"):
        make(Client, begin=3)


def test_constants_and_defaults_are_the_class_s_own(make: Double) -> None:
    client = make(Client)
    assert (client.RETRIES, client.timeout) == (3, 2.5)
    assert make(Client, timeout=1.0).timeout == 1.0
    assert make(User, number=1).name == "Ada"
    assert client.users is None


def test_doubles_are_compared_hashed_and_shown_as_objects_are(make: Double, ledger: Ledger) -> None:
    one, other = make(Users), make(Users)
    assert one != other
    assert one == one  # that is the point
    assert len({one, other}) == 2
    assert "Users" in str(one)
    assert bool(one)
    assert ledger.verdict() == ""


def test_operators_of_the_class_are_there_and_no_others(make: Double) -> None:
    client = make(Client, __add__=5)
    assert client + 1 == 5
    with pytest.raises(TypeError):
        client - 1


def test_a_generic_class_with_its_argument_is_the_class(make: Double) -> None:
    assert make(Box[int], get=3).get() == 3


def test_answers_in_a_row_are_for_one_call_each(make: Double, ledger: Ledger) -> None:
    users = make(Users)
    make.expect(users.get).called_with(1).raises(TimeoutError).returns(None).returns(User(1))
    with pytest.raises(TimeoutError):
        users.get(1)
    assert [users.get(1), users.get(1)] == [None, User(1)]
    with pytest.raises(Refused, match="not expected again"):
        users.get(1)


def test_an_answer_may_be_made_of_the_arguments(make: Double, ledger: Ledger) -> None:
    users = make(Users)
    make.expect(users.get).calls(lambda number: User(number)).any_number()

    async def load(number: int) -> User:
        await asyncio.sleep(0)
        return User(number + 1)

    make.expect(users.load).calls(load)
    assert [users.get(number) for number in (1, 2)] == [User(1), User(2)]
    assert asyncio.run(users.load(1)) == User(2)
    assert ledger.verdict() == ""


def test_a_method_of_a_class_is_replaced_for_all_its_instances(make: Double) -> None:
    make.replace(Transaction, "run").return_value = 7
    assert Transaction().run("select 1") == 7


def test_an_object_in_a_module_is_replaced_by_a_double_of_its_class(make: Double) -> None:
    class Module:
        client = Client()
        timeout = 3

    replaced = make.replace(Module, "client")
    assert isinstance(replaced, Client) and Module.client is replaced
    make.replace(Module, "timeout", None)
    assert Module.timeout is None


@pytest.mark.parametrize(
    "misspelt",
    [
        lambda users: users.save.called_once_with(2),
        lambda users: users.save.asert_called_once(),
        lambda users: setattr(users.get, "retrun_value", None),
    ],
)
def test_what_is_misspelt_on_a_method_is_refused(
    make: Double, ledger: Ledger, misspelt: Callable[[Any], object]
) -> None:
    with pytest.raises(NoAttribute, match=r"Users\.\w+ has no(?s:.*)valid: (assert_|return_value)"):
        misspelt(make(Users))
    assert "has no" in ledger.verdict()


@pytest.mark.parametrize("target", ["", "foo", ".", None, 3])
def test_a_target_that_is_no_name_is_refused(make: Double, target: Any) -> None:
    with pytest.raises(NoSuchThing, match=r"(?s)no name in a module.*valid: .*fix: "):
        make.replace(target)


@pytest.mark.parametrize(
    "call",
    [
        lambda make, users: make(),
        lambda make, users: make("shop.Users"),
        lambda make, users: make(asyncio),
        lambda make, users: make(Client()),
        lambda make, users: make(len, returns=3),
        lambda make, users: make(User, number="1"),
        lambda make, users: make.give(User(1), number=1),
        lambda make, users: make.expect(Users.get),
        lambda make, users: make.expects(users.get),
        lambda make, users: make.replace("asyncio.streams._DEFAULT_LIMIT"),
        lambda make, users: make.expect(users.get).called_with(1, 2),
        lambda make, users: make.expect(users.get).returns(3),
        lambda make, users: make.expect(users.get).return_value(None),
        lambda make, users: make.expect(users.get).raises("gone"),
        lambda make, users: make.expect(users.get).calls(3),
        lambda make, users: make.expect(users.get).times(-1),
        lambda make, users: make.expect(users.get).times("2"),
        lambda make, users: make.expect(users.get).at_least(None),
        lambda make, users: make.expect(users.get).times(),
    ],
)
def test_each_mistake_is_told_with_what_would_be_right(
    make: Double, call: Callable[[Double, Any], object]
) -> None:
    with pytest.raises(DoubleError, match=r"(?s)test: .*line: .*valid: .*fix: "):
        call(make, make(Users))
