"""`Idempotency`: a request that is sent again gets the first one's answer, not a second effect.

The effect and its stored answer are committed in one transaction, so that a crash leaves both or
neither. A lease marks a request that is being worked on; when a process died with it, the next
retry after `lease` takes it over.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from services.orders.database import DatabaseManager, Transaction
from services.orders.identifiers import Clock
from services.orders.models import IdempotencyRecord
from services.orders.problems import IdempotencyMismatch, InProgress, Problem
from services.orders.resilience.deadlines import spare

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to give and to keep: status, body, and whether it is a repetition."""

    status: int
    body: str
    replayed: bool = False


Work = Callable[[Transaction], Answer]


def fingerprint_of(operation: str, content: Any) -> str:
    """A digest of what a request asks for, the same for the same JSON in another spelling."""
    canonical = json.dumps([operation, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class Idempotency:
    """Runs work at most once per key; safe to share between threads and processes."""

    def __init__(
        self,
        database: DatabaseManager,
        clock: Clock,
        *,
        lease: timedelta = timedelta(seconds=30),
        keep: timedelta = timedelta(hours=24),
    ) -> None:
        """Keep answers in `database` for `keep`; consider work dead after `lease`."""
        self._database = database
        self._clock = clock
        self._lease = lease
        self._keep = keep

    def run(self, key: str | None, fingerprint: str, work: Work) -> Answer:
        """What `work` answers, or what it answered before to the same key and fingerprint.

        Refusals (`Problem` below 500) are answers too and are kept. Anything else that `work`
        raises frees the key for another try. Raises `IdempotencyMismatch` for another fingerprint
        and `InProgress` while somebody else works on the key. Without a key it is just done.
        """
        if key is None:
            return self._database.run(work)
        earlier = self._claim(key, fingerprint)
        if earlier is not None:
            return earlier
        try:
            return self._database.run(lambda transaction: self._done(transaction, key, work))
        except Problem as problem:
            if problem.status >= 500:
                self._release(key)
                raise
            refusal = Answer(problem.status, json.dumps(problem.as_json()))
            return self._database.run(
                lambda transaction: self._done(transaction, key, lambda _: refusal)
            )
        except BaseException:
            self._release(key)
            raise

    def forget_old(self) -> int:
        """The number of answers that were too old to keep and are deleted now."""
        old = (
            delete(IdempotencyRecord)
            .where(IdempotencyRecord.created_at < self._clock() - self._keep)
            .returning(IdempotencyRecord.key)
        )
        return self._database.run(lambda transaction: len(transaction.session.scalars(old).all()))

    def _claim(self, key: str, fingerprint: str) -> Answer | None:
        now = self._clock()

        def claim(transaction: Transaction) -> None:
            transaction.session.add(
                IdempotencyRecord(
                    key=key,
                    fingerprint=fingerprint,
                    lease_until=now + self._lease,
                    created_at=now,
                )
            )

        try:
            self._database.run(claim)
        except IntegrityError:
            return self._look_at_earlier(key, fingerprint)
        return None

    def _look_at_earlier(self, key: str, fingerprint: str) -> Answer | None:
        now = self._clock()

        def look(transaction: Transaction) -> Answer | None:
            record = transaction.session.get(IdempotencyRecord, key)
            if record is None:
                # Freed between our insert and this look: its owner failed.
                raise self._in_progress(key)
            if record.fingerprint != fingerprint:
                raise IdempotencyMismatch(
                    f"Idempotency-Key {key!r} was used for another request: "
                    "use a new key for a new request",
                )
            if record.status is not None:
                return Answer(record.status, record.body or "", replayed=True)
            taken_over = transaction.session.execute(
                update(IdempotencyRecord)
                .where(
                    IdempotencyRecord.key == key,
                    IdempotencyRecord.status.is_(None),
                    IdempotencyRecord.lease_until <= now,
                )
                .values(lease_until=now + self._lease)
                .returning(IdempotencyRecord.key)
                .execution_options(synchronize_session=False)
            ).one_or_none()
            if taken_over is None:
                raise self._in_progress(key)
            return None

        return self._database.run(look)

    def _done(self, transaction: Transaction, key: str, work: Work) -> Answer:
        answer = work(transaction)
        self._keep_answer(transaction, key, answer)
        return answer

    def _keep_answer(self, transaction: Transaction, key: str, answer: Answer) -> None:
        kept = transaction.session.execute(
            update(IdempotencyRecord)
            .where(IdempotencyRecord.key == key, IdempotencyRecord.status.is_(None))
            .values(status=answer.status, body=answer.body)
            .returning(IdempotencyRecord.key)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if kept is None:
            # Our lease ran out and somebody else finished: our effect must not be committed.
            raise self._in_progress(key)

    def _release(self, key: str) -> None:
        """Free the key for the next try; what can't be reached is free when the lease ends.

        Should the work be committed after all, at this very moment, this waits for it, and finds an
        answer that stays.
        """
        unanswered = delete(IdempotencyRecord).where(
            IdempotencyRecord.key == key, IdempotencyRecord.status.is_(None)
        )
        try:
            with spare():
                self._database.run(lambda transaction: transaction.session.execute(unanswered))
        except SQLAlchemyError as error:
            _log.warning("Idempotency-Key %r stays taken for its lease: %s", key, error)

    @staticmethod
    def _in_progress(key: str) -> InProgress:
        return InProgress(
            f"a request with Idempotency-Key {key!r} is being worked on: try again in a second",
            retry_after=1,
        )
