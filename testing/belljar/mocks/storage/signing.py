"""`check`: whose request it is, and whether the signature is right: version 4 and 2, header and query.

boto3 signs requests with version 4, and by default its presigned URLs with version 2. The chunks of
a streamed body have signatures of their own, which are not checked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.requests import Call
from belljar.mocks.storage.signatures import ALGORITHM, UNSIGNED, sign_2, signatures_4, text_2
from belljar.mocks.storage.xml import timestamp

__all__ = ["Secrets", "check"]

Secrets = Callable[[str], str | None]
"""The secret of an access key id; none where every signature shall do."""

_SKEW = timedelta(minutes=15)
_WEEK = 7 * 24 * 3600
_CREDENTIAL = re.compile(
    r"(?P<key>[^/]+(?:/[^/]+)*?)/(?P<day>\d{8})/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request"
)
_PRESIGN_4 = frozenset(
    f"x-amz-{name}"
    for name in ("algorithm", "credential", "date", "expires", "signedheaders", "signature")
)


def check(call: Call, secrets: Secrets, ahead: timedelta = timedelta()) -> None:
    """Give the call its namespace, and the headers that stand in its query. Raises `S3Error`.

    A clock that a test has put ahead lets URLs expire, and is no reason to refuse the requests of
    clients, who know nothing of it.
    """
    authorization = call.header("authorization")
    names = {name.lower(): value for name, value in call.query.items()}
    if "x-amz-algorithm" in names or "x-amz-signature" in names:
        _check_query_4(call, names, secrets)
    elif authorization.startswith(ALGORITHM):
        _check_header_4(call, authorization, secrets, call.now - ahead)
    elif "awsaccesskeyid" in names:
        _check_query_2(call, secrets)
    elif authorization.startswith("AWS "):
        access, _, signature = authorization[4:].partition(":")
        date = "" if "x-amz-date" in call.headers else call.header("date")
        _compare(call, access, secrets, lambda s: sign_2(s, text_2(call, date, {})), signature)
    elif authorization:
        raise S3Error("InvalidArgument", "Unsupported Authorization Type")
    else:
        raise S3Error("AccessDenied")
    # A presigned URL may have in its query what would else be a header.
    hoisted = {
        name: value
        for name, value in names.items()
        if name.startswith("x-amz-") and name not in _PRESIGN_4
    }
    if "awsaccesskeyid" in names:
        hoisted |= {name: names[name] for name in ("content-type", "content-md5") if name in names}
    call.headers = hoisted | dict(call.headers)


def _check_header_4(call: Call, authorization: str, secrets: Secrets, now: datetime) -> None:
    fields = {}
    for item in authorization[len(ALGORITHM) :].split(","):
        name, _, value = item.strip().partition("=")
        fields[name] = value
    scope = _scope(fields.get("Credential", ""), "AuthorizationHeaderMalformed")
    date = call.header("x-amz-date") or call.header("date")
    when = _when(
        date, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"
    )
    if abs(now - when) > _SKEW:
        raise S3Error(
            "RequestTimeTooSkewed",
            extra={
                "RequestTime": date,
                "ServerTime": timestamp(now),
                "MaxAllowedSkewMilliseconds": str(int(_SKEW.total_seconds() * 1000)),
            },
        )
    payload = call.header("x-amz-content-sha256")
    if not payload:
        raise S3Error(
            "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"
        )
    signed = fields.get("SignedHeaders", "").split(";")
    _compare(
        call,
        scope["key"],
        secrets,
        lambda secret: signatures_4(call, secret, scope, date, signed, payload),
        fields.get("Signature", ""),
    )
    if re.fullmatch(r"[0-9a-f]{64}", payload):
        computed = hashlib.sha256(call.body).hexdigest()
        if computed != payload:
            raise S3Error(
                "XAmzContentSHA256Mismatch",
                extra={
                    "ClientComputedContentSHA256": payload,
                    "S3ComputedContentSHA256": computed,
                },
            )


def _check_query_4(call: Call, names: Mapping[str, str], secrets: Secrets) -> None:
    missing = [name for name in sorted(_PRESIGN_4) if name not in names]
    if missing or names["x-amz-algorithm"] != ALGORITHM:
        raise S3Error(
            "AuthorizationQueryParametersError",
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
            "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        )
    scope = _scope(names["x-amz-credential"], "AuthorizationQueryParametersError")
    date, expires = names["x-amz-date"], names["x-amz-expires"]
    when = _when(
        date, "AuthorizationQueryParametersError", "X-Amz-Date must be in the ISO8601 Long Format"
    )
    if not re.fullmatch(r"\d{1,9}", expires) or int(expires) > _WEEK:
        raise S3Error(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be a number of at most a week (in seconds) that is not negative",
        )
    _refuse_expired(call, when.timestamp() + int(expires))
    _compare(
        call,
        scope["key"],
        secrets,
        lambda secret: signatures_4(
            call,
            secret,
            scope,
            date,
            names["x-amz-signedheaders"].split(";"),
            names.get("x-amz-content-sha256") or call.header("x-amz-content-sha256") or UNSIGNED,
        ),
        names["x-amz-signature"],
    )


def _check_query_2(call: Call, secrets: Secrets) -> None:
    expires = call.query.get("Expires", "")
    if not re.fullmatch(r"\d{1,12}", expires):
        raise S3Error("AccessDenied", "Invalid date (should be seconds since epoch): " + expires)
    _refuse_expired(call, int(expires))
    hoisted = {name.lower(): value for name, value in call.query.items()}
    _compare(
        call,
        call.query.get("AWSAccessKeyId", ""),
        secrets,
        lambda secret: sign_2(secret, text_2(call, expires, hoisted)),
        call.query.get("Signature", ""),
    )


def _refuse_expired(call: Call, until: float) -> None:
    # As a number: a URL may be good until a time that no date can be.
    if call.now.timestamp() > until:
        expired = timestamp(datetime.fromtimestamp(until, UTC))
        raise S3Error(
            "AccessDenied",
            "Request has expired",
            extra={"Expires": expired, "ServerTime": timestamp(call.now)},
        )


def _compare(
    call: Call,
    access_key: str,
    secrets: Secrets,
    signatures: Callable[[str], str | Iterable[str]],
    given: str,
) -> None:
    """Give the call its namespace, if `given` is one of the signatures that the secret makes."""
    secret = secrets(access_key)
    if secret is not None:
        made = signatures(secret)
        right = [made] if isinstance(made, str) else made
        if not any(hmac.compare_digest(one.encode(), given.encode()) for one in right):
            raise S3Error(
                "SignatureDoesNotMatch",
                extra={"AWSAccessKeyId": access_key, "SignatureProvided": given},
            )
    call.space = access_key


def _scope(credential: str, code: str) -> re.Match[str]:
    match = _CREDENTIAL.fullmatch(credential)
    if match is None or match["service"] != "s3":
        raise S3Error(
            code,
            f"The credential {credential!r} is malformed; "
            'expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request".',
        )
    return match


def _when(text: str, code: str, message: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise S3Error(code, message) from None
