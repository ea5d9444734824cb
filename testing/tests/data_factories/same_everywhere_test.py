"""The same draw gives the same objects in every process: whatever was made, imported or hashed before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MODELS = """
import datetime as dt, uuid, enum
from dataclasses import dataclass, field
from sqlalchemy import *
from sqlalchemy.orm import *

class Base(DeclarativeBase): pass
class Color(enum.Enum): RED = "r"; BLUE = "b"
class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    email: Mapped[str] = mapped_column(unique=True)
    a_id: Mapped[int] = mapped_column(ForeignKey("thing.id"))
    b_id: Mapped[int] = mapped_column(ForeignKey("thing.id"))
    __table_args__ = (CheckConstraint("email <> ''"), UniqueConstraint("a_id", "b_id"))
class Thing(Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=dt.datetime.now)
@dataclass
class Plain:
    key: dict[str, int]
    tags: set[str]
    color: Color
    at: dt.datetime = field(default_factory=dt.datetime.now)
"""
MADE = """
from belljar.data.draw import Draw
from belljar.data.factory.making import make
draw = Draw(7, "shop_test.py::test_one")
{before}
for model in (Customer, Plain, Customer):
    made = make(draw, model)
    print([(k, sorted(v) if isinstance(v, set) else v) for k, v in vars(made).items() if k[0] != "_"])
"""


def made(before: str = "", hash_seed: str = "0") -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    code = MODELS + MADE.format(before=before)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def plainly() -> str:
    return made()


@pytest.mark.parametrize("hash_seed", ["1", "42"])
def test_hash_seeds_change_nothing(plainly: str, hash_seed: str) -> None:
    assert made(hash_seed=hash_seed) == plainly


def test_other_objects_made_before_change_nothing(plainly: str) -> None:
    assert made("make(draw, Thing); draw.random.random(); draw.unique.text('x')") == plainly


def test_other_modules_imported_before_change_nothing(plainly: str) -> None:
    assert made("import pydantic, hypothesis, faker") == plainly
