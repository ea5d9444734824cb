"""Conditions of requests: If-Match and its like, for reads, writes, deletions and the source of a copy."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Bucket, Version
from belljar.mocks.storage.requests import Call

__all__ = ["NotModified", "check_copy", "check_delete", "check_read", "check_write"]


class NotModified(Exception):
    """The answer is 304: the client has it."""


def _matches(condition: str, etag: str) -> bool:
    wanted = [one.strip().removeprefix("W/").strip('"') for one in condition.split(",")]
    return "*" in wanted or etag.strip('"') in wanted


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None  # a date that cannot be read is no condition
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _changed_since(version: Version, text: str) -> bool | None:
    since = _date(text) if text else None
    return None if since is None else version.modified.replace(microsecond=0) > since


def _failed(condition: str) -> S3Error:
    return S3Error("PreconditionFailed", extra={"Condition": condition})


def check_read(call: Call, version: Version) -> None:
    """Refuse a GET or HEAD whose conditions do not hold. Raises `S3Error` or `NotModified`."""
    if match := call.header("if-match"):
        if not _matches(match, version.etag):
            raise _failed("If-Match")
    elif _changed_since(version, call.header("if-unmodified-since")):
        raise _failed("If-Unmodified-Since")
    if none_match := call.header("if-none-match"):
        if _matches(none_match, version.etag):
            raise NotModified
    elif _changed_since(version, call.header("if-modified-since")) is False:
        raise NotModified


def check_copy(call: Call, version: Version) -> None:
    """Refuse a copy whose source is not as asked for. Raises `S3Error`."""
    source = "x-amz-copy-source-if-"
    if match := call.header(source + "match"):
        if not _matches(match, version.etag):
            raise _failed(source + "match")
    elif _changed_since(version, call.header(source + "unmodified-since")):
        raise _failed(source + "unmodified-since")
    if none_match := call.header(source + "none-match"):
        if _matches(none_match, version.etag):
            raise _failed(source + "none-match")
    elif _changed_since(version, call.header(source + "modified-since")) is False:
        raise _failed(source + "modified-since")


def check_write(call: Call, bucket: Bucket, key: str) -> None:
    """Refuse a write whose conditions do not hold: at most one of many writers gets through."""
    current = bucket.latest(key)
    none_match, match = call.header("if-none-match"), call.header("if-match")
    if none_match:
        if none_match != "*":
            raise S3Error("NotImplemented", extra={"Header": "If-None-Match"})
        if current is not None:
            raise _failed("If-None-Match")
    if match:
        if current is None:
            raise S3Error("NoSuchKey", extra={"Key": key})
        if not _matches(match, current.etag):
            raise _failed("If-Match")


def check_delete(condition: str, bucket: Bucket, key: str) -> None:
    """Refuse a deletion of another state than the one that the client knows."""
    if not condition:
        return
    current = bucket.latest(key)
    if current is None:
        raise S3Error("NoSuchKey", extra={"Key": key})
    if not _matches(condition, current.etag):
        raise _failed("If-Match")
