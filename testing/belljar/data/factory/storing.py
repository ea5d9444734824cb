"""`create` and its kin: objects that are stored with everything they need, and read back as the server has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, overload

from belljar.data.errors import CannotMeet, LibraryMissing
from belljar.data.factory.counting import check_count
from belljar.data.factory.making import make_next
from belljar.data.factory.plan import Plan, plan_of
from belljar.data.factory.reaching import asking
from belljar.data.factory.reading_back import read_back
from belljar.data.factory.refused import told
from belljar.data.factory.refusing import shortened
from belljar.data.factory.state import making
from belljar.data.shape.table_rows import TableRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from belljar.data.draw import Draw
    from belljar.data.factory.factory import Factory

__all__ = ["acreate", "acreate_many", "create", "create_many"]

T = TypeVar("T")
_PASSWORD = re.compile(r"(?<=:)(?!//)[^:/@]+(?=@)")


@overload
def create(draw: Draw, model: type[Factory[T]], into: Any, /, **values: Any) -> T: ...
@overload
def create(draw: Draw, model: type[T], into: Any, /, **values: Any) -> T: ...
def create(draw: Draw, model: Any, into: Any, /, **values: Any) -> Any:
    """Return an object that is stored `into` a Session, Engine, Connection or Database.

    In a Session or Connection it is flushed, and the caller commits; in an Engine or a Database it is
    committed, and the object is detached, with all that was made or read of it. Raises `NotStored` if the database
    refuses it, with the row and the constraint.
    """
    return create_many(draw, model, 1, into, **values)[0]


@overload
def create_many(
    draw: Draw, model: type[Factory[T]], count: int, into: Any, /, **values: Any
) -> list[T]: ...
@overload
def create_many(draw: Draw, model: type[T], count: int, into: Any, /, **values: Any) -> list[T]: ...
def create_many(draw: Draw, model: Any, count: int, into: Any, /, **values: Any) -> list[Any]:
    """Return `count` objects that are stored, each as `create` would."""
    check_count(count, "create_many")
    plan = _storable(draw, model)
    with _session(into) as session:
        return _stored(session, draw, plan, count, values)


async def acreate(draw: Draw, model: Any, into: Any, /, **values: Any) -> Any:
    """Return what `create` does; `into` is an AsyncSession, AsyncEngine, AsyncConnection or Database."""
    return (await acreate_many(draw, model, 1, into, **values))[0]


async def acreate_many(
    draw: Draw, model: Any, count: int, into: Any, /, **values: Any
) -> list[Any]:
    """Return what `create_many` does; `into` as for `acreate`."""
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

    check_count(count, "acreate_many")
    plan = _storable(draw, model)

    def work(session: Session) -> list[Any]:
        return _stored(session, draw, plan, count, values)

    def work_on(connection: Any) -> list[Any]:
        with _session(connection) as session:
            return work(session)

    into = getattr(into, "async_engine", into)
    if isinstance(into, AsyncSession):
        return await into.run_sync(work)
    if isinstance(into, AsyncConnection):
        return await into.run_sync(work_on)
    if isinstance(into, AsyncEngine):
        async with into.begin() as connection:
            return await connection.run_sync(work_on)
    raise _not_into(
        into, ("an AsyncSession", "an AsyncEngine", "an AsyncConnection", "a Database of Belljar's")
    )


def _storable(draw: Draw, model: Any) -> Plan:
    with asking(draw.asker):
        plan = plan_of(model)
    if plan.shape.kind not in ("sqlalchemy", "table"):
        raise CannotMeet(
            f"{plan.shape.title} has no table: it is a {plan.shape.kind}",
            choices=("a SQLAlchemy model", "a factory of one"),
            fix=f"data.make({plan.shape.title}), and store it yourself",
        )
    return plan


def _not_into(into: Any, choices: tuple[str, ...]) -> CannotMeet:
    # A URL, or an engine's, may hold a password.
    said = repr(_PASSWORD.sub("***", into)) if isinstance(into, str) else shortened(into)
    kind, fix = type(into).__name__, "say into=session, or leave it out for the test's database"
    if kind.startswith("Async"):
        fix = "await data.acreate(...): into an async one nothing can be stored without waiting"
    elif isinstance(into, str):
        fix = "say into=create_engine(URL)"
    elif kind == "sessionmaker":
        fix = "call it: into=maker()"
    elif choices[0].startswith("an Async"):
        fix = "data.create(...) without await, or an async one"
    return CannotMeet(f"nothing can be stored into {said}", place="into", choices=choices, fix=fix)


@contextmanager
def _session(into: Any) -> Iterator[Session]:
    """Give a session for what `into` is; what is made in it is committed unless the caller's own is open."""
    try:
        from sqlalchemy import Connection, Engine
        from sqlalchemy.orm import Session, scoped_session
    except ImportError:
        raise LibraryMissing(
            "SQLAlchemy is not installed", fix='add requirement("sqlalchemy") to the deps'
        ) from None
    if isinstance(into, Session):
        yield into
        return
    if isinstance(into, scoped_session):
        yield into()
        return
    if isinstance(into, Connection):
        # In the caller's transaction, which stays open.
        if not into.in_transaction():
            into.begin()
        with Session(
            into, join_transaction_mode="rollback_only", expire_on_commit=False
        ) as session:
            yield session
            session.flush()
            session.expunge_all()
        return
    engine = into if isinstance(into, Engine) else getattr(into, "engine", None)
    # What is async may have one, too: it can't be used without waiting.
    if not isinstance(engine, Engine) or engine.dialect.is_async:
        raise _not_into(into, ("a Session", "an Engine", "a Connection", "a Database of Belljar's"))
    with Session(engine, expire_on_commit=False) as session:
        if engine.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            # Else each row would be there as soon as it is stored, whatever becomes of the next.
            level = "SERIALIZABLE" if engine.dialect.name == "sqlite" else "READ COMMITTED"
            with told(session, []):
                session.connection(execution_options={"isolation_level": level})
        yield session
        session.commit()
        session.expunge_all()


def _stored(
    session: Session, draw: Draw, plan: Plan, count: int, values: dict[str, Any]
) -> list[Any]:
    with making(draw, _storer(session, plan)) as made:
        found = [make_next(draw, plan, values) for _ in range(count)]
        with told(session, made):
            for one in made:
                _add(session, one)
            session.flush()
            read_back(session, [one for one in made if not isinstance(one, dict)])
    return found


def _storer(session: Session, plan: Plan) -> Callable[[Any], None]:
    def store(one: Any) -> None:
        with told(session, [one]):
            _add(session, one)
            session.flush()

    return store


def _add(session: Session, one: Any) -> None:
    if not isinstance(one, TableRow):
        session.add(one)
        return
    if one.stored:
        return
    from sqlalchemy import insert

    table = one.table
    result: Any = session.execute(insert(table).values(**one))
    key = result.inserted_primary_key
    if key is not None:
        one.update(zip((c.key for c in table.primary_key), key, strict=True))
    one.stored = True
