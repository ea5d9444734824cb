"""Idempotency keys by the ten thousand: old ones are forgotten, all of them at once, and no other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from belljar.data.data import Data
from belljar.data.factory import faked
from services.orders.database import DatabaseManager, Transaction
from services.orders.idempotency import Answer, Idempotency
from services.orders.models import IdempotencyRecord
from services.orders.tests.factories import IdempotencyRecordFactory

OLD, NEW = 15_000, 5_000


class OldRecordFactory(IdempotencyRecordFactory):
    """One from longer ago than an answer is kept."""

    created_at = faked("instant", "-72h", "-25h")


@pytest.fixture
def idempotency(data: Data, manager: DatabaseManager) -> Idempotency:
    """The service's, at the instant that the factories' times are told from."""
    data.bulk({OldRecordFactory: OLD})
    data.bulk({IdempotencyRecordFactory: NEW})
    return Idempotency(manager, lambda: data.draw.now, keep=timedelta(hours=24))


def test_what_is_too_old_is_forgotten_and_nothing_else(
    idempotency: Idempotency, manager: DatabaseManager
) -> None:
    assert idempotency.forget_old() == OLD
    assert idempotency.forget_old() == 0
    with manager.transaction() as transaction:
        left = transaction.session.scalar(select(func.count()).select_from(IdempotencyRecord))
    assert left == NEW


def test_each_of_many_keys_has_its_own_answer(
    idempotency: Idempotency, manager: DatabaseManager
) -> None:
    with manager.transaction() as transaction:
        query = select(IdempotencyRecord.key, IdempotencyRecord.fingerprint)
        known = transaction.session.execute(query.limit(20)).all()

    def work(_: Transaction) -> Answer:
        raise AssertionError("it is done again")

    assert len({record.key for record in known}) == 20
    for record in known:
        assert idempotency.run(record.key, record.fingerprint, work).replayed
