"""Sources of the types that pydantic brings: secrets, URLs, e-mail addresses, dates of the future, and so on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from belljar.data.shape.limits import NO_LIMITS, Limits
from belljar.data.sources.choices import Fixed
from belljar.data.sources.source import Source
from belljar.data.sources.special import Adapted, Mapped, _adapter
from belljar.data.sources.texts import Texts
from belljar.data.sources.times import FUTURE, Dates, Instants

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["json_of", "pydantic_source", "source_of_day"]

_DSNS = {
    "PostgresDsn": "postgresql://user:password@db.example.com:5432/{}",
    "CockroachDsn": "cockroachdb://user@db.example.com:26257/{}",
    "MySQLDsn": "mysql://user:password@db.example.com:3306/{}",
    "MariaDBDsn": "mariadb://user:password@db.example.com:3306/{}",
    "ClickHouseDsn": "clickhouse://user:password@db.example.com:9000/{}",
    "SnowflakeDsn": "snowflake://user:password@account/{}",
    "MongoDsn": "mongodb://db.example.com:27017/{}",
    "RedisDsn": "redis://cache.example.com:6379/0",
    "AmqpDsn": "amqp://user:password@queue.example.com:5672/{}",
    "KafkaDsn": "kafka://queue.example.com:9092/{}",
    "NatsDsn": "nats://queue.example.com:4222",
    "WebsocketUrl": "wss://example.com/{}",
    "AnyWebsocketUrl": "wss://example.com/{}",
    "FtpUrl": "ftp://example.com/{}",
    "FileUrl": "file:///srv/{}",
}
_TEXTS: dict[str, Callable[[str], str]] = {
    "EmailStr": lambda word: f"{word}@example.com",
    "NameEmail": lambda word: f"{word.capitalize()} <{word}@example.com>",
    "IPvAnyAddress": lambda word: f"192.0.2.{len(word)}",
    "IPvAnyInterface": lambda word: f"192.0.2.{len(word)}/24",
    "IPvAnyNetwork": lambda word: "198.51.100.0/24",
    "ImportString": lambda word: "math.pi",
    "Base64Str": lambda word: word,
    # Numbers that are documented for tests, or kept free.
    "PaymentCardNumber": lambda word: ("4242424242424242", "5555555555554444")[len(word) % 2],
    "PhoneNumber": lambda word: f"+120255501{len(word):02}",
    "CountryAlpha2": lambda word: ("DE", "FR", "US")[len(word) % 3],
    "CountryAlpha3": lambda word: ("DEU", "FRA", "USA")[len(word) % 3],
    "Currency": lambda word: ("EUR", "USD", "GBP")[len(word) % 3],
    "Color": lambda word: ("navy", "olive", "teal")[len(word) % 3],
    "MacAddress": lambda word: f"02:00:5e:00:53:{len(word):02x}",
}


class _Words(Source):
    """Single words; what an address has where it differs from others."""

    def __init__(self) -> None:
        self._texts = Texts(Limits(max_length=12))

    def one(self, draw: Draw) -> str:
        """Return one."""
        return f"{self._texts.one(draw)}{int(draw.random.random() * 1000)}"

    def strategy(self) -> SearchStrategy[str]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


def pydantic_source(
    kind: Any, origin: Any, arguments: tuple[Any, ...], limits: Limits, name: str
) -> Source | None:
    """Return the source of a type of pydantic's own; None for any other type."""
    if not getattr(origin, "__module__", "").startswith(
        ("pydantic.", "pydantic_core", "pydantic_extra_types.")
    ):
        return None
    called = getattr(origin, "__name__", "")
    days: dict[str, Callable[[], Source]] = {
        "PastDate": lambda: Dates(limits),
        "FutureDate": lambda: Dates(limits.narrowed(low=FUTURE.date())),
        "PastDatetime": lambda: Instants(limits),
        "FutureDatetime": lambda: Instants(limits.narrowed(low=FUTURE)),
        "AwareDatetime": lambda: Instants(limits.narrowed(aware=True)),
        "NaiveDatetime": lambda: Instants(limits.narrowed(aware=False)),
    }
    if called in days:
        return days[called]()
    if called in ("SecretStr", "SecretBytes", "Secret"):
        from belljar.data.sources.typed import source_for

        inner: Any = {"SecretStr": str, "SecretBytes": bytes}.get(called)
        return Mapped(source_for(inner or arguments[0], limits, name), kind)
    if called == "Json":
        return json_of(*arguments)
    if called == "ByteSize":
        return Mapped(_Words(), lambda word: origin(1024 * len(word)))
    if called in _TEXTS:
        # EmailStr is a mark in an annotation: the value is a plain text.
        return Mapped(
            _Words(), _TEXTS[called] if called == "EmailStr" else _parsed(kind, _TEXTS[called])
        )
    if "Url" in called or "Dsn" in called or "Uri" in called:
        form = _DSNS.get(called, "https://example.com/{}")
        return Mapped(_Words(), _parsed(kind, form.format))
    if called in ("date", "datetime"):
        return source_of_day(date if called == "date" else datetime, limits)
    if hasattr(origin, "model_fields") or hasattr(origin, "__pydantic_fields__"):
        return None
    return Adapted(kind, limits, name)


def json_of(kind: Any = None) -> Source:
    """Return JSON's texts of what is inside."""
    from belljar.data.sources.typed import source_for

    if kind is None:
        return Fixed('{"key": "value"}')
    dump = _adapter(kind).dump_json
    return Mapped(source_for(kind), lambda value: dump(value).decode())


def source_of_day(kind: type, limits: Limits = NO_LIMITS) -> Source:
    """Return days or instants."""
    return Instants(limits) if kind is datetime else Dates(limits)


def _parsed(kind: Any, form: Callable[[str], str]) -> Callable[[str], Any]:
    def parsed(word: str) -> Any:
        return _adapter(kind).validate_python(form(word))

    return parsed
