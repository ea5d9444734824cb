"""`Idempotency`: a request that is sent again gets the first one's answer, not a second effect.

The effect and its stored answer are committed in one transaction, so that a crash leaves both or
neither. A lease marks a request that is being worked on; when a process died with it, the next
retry after `lease` takes it over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from services.orders.database import DatabaseManager, Transaction
from services.orders.identifiers import Clock
from services.orders.models import IdempotencyRecord
from services.orders.problems import IdempotencyMismatch, InProgress, Problem


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

    def run(self, key: str, fingerprint: str, work: Work) -> Answer:
        """What `work` answers, or what it answered before to the same key and fingerprint.

        Refusals (`Problem` below 500) are answers too and are kept. Anything else that `work`
        raises frees the key for another try. Raises `IdempotencyMismatch` for another fingerprint
        and `InProgress` while somebody else works on the key.
        """
        earlier = self._claim(key, fingerprint)
        if earlier is not None:
            return earlier
        try:
            with self._database.transaction() as transaction:
                answer = work(transaction)
                self._keep_answer(transaction, key, answer)
                return answer
        except Problem as problem:
            if problem.status >= 500:
                self._release(key)
                raise
            with self._database.transaction() as transaction:
                answer = Answer(problem.status, json.dumps(problem.as_json()))
                self._keep_answer(transaction, key, answer)
                return answer
        except BaseException:
            self._release(key)
            raise

    def forget_old(self) -> int:
        """The number of answers that were too old to keep and are deleted now."""
        with self._database.transaction() as transaction:
            gone = transaction.session.scalars(
                delete(IdempotencyRecord)
                .where(IdempotencyRecord.created_at < self._clock() - self._keep)
                .returning(IdempotencyRecord.key)
            ).all()
            return len(gone)

    def _claim(self, key: str, fingerprint: str) -> Answer | None:
        now = self._clock()
        try:
            with self._database.transaction() as transaction:
                transaction.session.add(
                    IdempotencyRecord(
                        key=key,
                        fingerprint=fingerprint,
                        lease_until=now + self._lease,
                        created_at=now,
                    )
                )
            return None
        except IntegrityError:
            return self._look_at_earlier(key, fingerprint)

    def _look_at_earlier(self, key: str, fingerprint: str) -> Answer | None:
        now = self._clock()
        with self._database.transaction() as transaction:
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
        with self._database.transaction() as transaction:
            transaction.session.execute(
                delete(IdempotencyRecord).where(
                    IdempotencyRecord.key == key, IdempotencyRecord.status.is_(None)
                )
            )

    @staticmethod
    def _in_progress(key: str) -> InProgress:
        return InProgress(
            f"a request with Idempotency-Key {key!r} is being worked on: try again in a second",
            retry_after=1,
        )
