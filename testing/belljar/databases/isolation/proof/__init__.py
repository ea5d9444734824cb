"""Proof that a test on a shared database left nothing behind, or what it left.

    proof = Proof(connection)               # the baseline: an untouched clone of the template
    proof.begin(connection)                 # sets sequences back, BEGIN
    ...                                     # the test
    finding = proof.rollback(connection)    # looks, ROLLBACK, looks again
    if finding:
        escapes = finding.escapes
        if finding.suspicion:               # something was committed here: compare it all
            escapes += proof.explain(connection, reference)
        ...                                 # fail with describe(escapes); renew the connection;
                                            # `spoils` says what must be made anew besides

Each of the two is one round trip. `rollback` is exact, without waiting for
statistics: a commit needs a session, so it asks whether another session was here since the last
look (PostgreSQL counts a session before it lets it go), and whether the transaction that ends is
the one that `begin` started. Only if so does it look closer: wait for sessions that are closing,
see what they left, and whether any transaction committed at all. `Finding.suspicion` says that one
did, and then `explain` compares with a fresh clone that `reference()` connects to.

On the rung `schema` commits are normal: there `Proof(connection, schema=...)`, and after each test,
once its schema is dropped, `proof.quick(connection)`. `quick` is also for a caller that has rolled
back by itself; it says with `outer_ended` whether the transaction was gone before.

`off`, at the start or per call, names kinds (`KINDS`) not to look at. `ours` are process ids of the
caller's other sessions in this database. What a user without superuser's rights cannot see is in
`proof.unseen`. Not found by any check: what background workers of extensions (pg_cron) write, and
tablespaces, subscriptions and replication slots, for which a rung `server` is there.
"""

from __future__ import annotations

from belljar.databases.isolation.proof.escapes import (
    KINDS,
    Escape,
    Finding,
    Spoils,
    UnknownKind,
    describe,
    known,
)
from belljar.databases.isolation.proof.quick import Proof

__all__ = ["KINDS", "Escape", "Finding", "Proof", "Spoils", "UnknownKind", "describe", "known"]
