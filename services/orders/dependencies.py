"""`Dependencies`: everything that the application is given instead of reaching for it.

A test builds one from a SQLite database and fakes; the process builds one from its settings with
`build_dependencies`.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.orders.caching import EnhancedCachingManager
from services.orders.database import DatabaseConfig, DatabaseManager
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.identifiers import Clock, IdentifierFactory, utc_now
from services.orders.outside.emails import Emails
from services.orders.outside.guarded import GuardedEmails, GuardedPayments, GuardedStorage
from services.orders.outside.http_payments import HttpPayments
from services.orders.outside.payments import Payments
from services.orders.outside.s3_storage import Credentials, S3Storage
from services.orders.outside.smtp_emails import SmtpEmails
from services.orders.outside.storage import ObjectStorage
from services.orders.resilience.breakers import CircuitBreaker
from services.orders.settings import Settings


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What `create_app` needs; the one who built it closes it."""

    database: DatabaseManager
    cache: EnhancedCachingManager
    payments: Payments
    storage: ObjectStorage
    emails: Emails
    identifiers: IdentifierFactory
    clock: Clock = utc_now

    def close(self) -> None:
        """Release all connections."""
        self.payments.close()
        self.storage.close()
        self.cache.close()
        self.database.close()


def build_dependencies(settings: Settings) -> Dependencies:
    """The dependencies that these settings select; nothing is connected yet."""
    cache = EnhancedCachingManager.from_url(settings.cache_url, timeout=settings.cache_timeout)
    config = DatabaseConfig(
        settings.database_url,
        pool_size=settings.database_pool_size,
        timeout=settings.database_timeout,
    )

    def breaker(name: str) -> CircuitBreaker:
        return CircuitBreaker(
            name, failures=settings.breaker_failures, cool_down=settings.breaker_cool_down
        )

    return Dependencies(
        database=DatabaseManager(config, cache),
        cache=cache,
        payments=GuardedPayments(_payments(settings), breaker("the payment service")),
        storage=GuardedStorage(_storage(settings), breaker("the storage")),
        emails=GuardedEmails(_emails(settings), breaker("the mail service")),
        identifiers=IdentifierFactory(),
    )


def _payments(settings: Settings) -> Payments:
    if settings.payments == "fake" or not settings.payments_url or not settings.payments_api_key:
        return FakePayments()
    return HttpPayments(
        settings.payments_url,
        settings.payments_api_key.get_secret_value(),
        timeout=settings.payments_timeout,
    )


def _storage(settings: Settings) -> ObjectStorage:
    if (
        settings.storage == "fake"
        or not settings.storage_url
        or not settings.storage_bucket
        or not settings.storage_access_key
        or not settings.storage_secret_key
    ):
        return FakeStorage()
    return S3Storage(
        settings.storage_url,
        settings.storage_bucket,
        Credentials(
            settings.storage_access_key,
            settings.storage_secret_key.get_secret_value(),
            settings.storage_region,
        ),
        timeout=settings.storage_timeout,
        make_bucket=settings.storage_make_bucket,
    )


def _emails(settings: Settings) -> Emails:
    if settings.emails == "fake" or not settings.emails_host:
        return FakeEmails()
    return SmtpEmails(
        settings.emails_host,
        settings.emails_port,
        settings.emails_sender,
        timeout=settings.emails_timeout,
    )
