"""`namespace_of`: whose request it is, from the API key."""

from __future__ import annotations

from base64 import b64decode

from belljar.mocks.http.messages import Request
from belljar.mocks.namespaces import DEFAULT
from belljar.mocks.payments.errors import StripeError

__all__ = ["namespace_of"]

PREFIXES = ("sk_test_", "rk_test_")
# Keys come again and again; what they mean does not change.
_known: dict[str, str] = {}


def namespace_of(request: Request) -> str:
    """The namespace: what follows `sk_test_` in the key. Raises a `StripeError` with status 401."""
    header = request.headers.get("authorization", "")
    name = _known.get(header)
    if name is None:
        name = _read(header)
        if len(_known) < 10_000:
            _known[header] = name
    return name


def _read(header: str) -> str:
    scheme, _, given = header.partition(" ")
    key = given.strip()
    if scheme.lower() == "basic":
        try:
            key = b64decode(key, validate=True).decode("latin-1").partition(":")[0]
        except ValueError:
            key = ""
    if not key or scheme.lower() not in ("bearer", "basic"):
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization "
            "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
            "https://stripe.com/docs/api#authentication for details.",
            status=401,
        )
    for prefix in PREFIXES:
        name = key.removeprefix(prefix)
        if name != key and len(name) <= 128 and name.replace("-", "_").replace(".", "_").isascii():
            if not name:
                return DEFAULT
            if all(letter.isalnum() or letter in "_.-" for letter in name):
                return name
    if key.startswith("pk_test_"):
        raise StripeError(
            "This API call cannot be made with a publishable API key. Please use a secret API key. You "
            "can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            status=401,
            code="secret_key_required",
        )
    shown = (
        f"{key[:8]}{'*' * max(len(key) - 12, 3)}{key[-4:]}" if len(key) > 12 else key[:4] + "***"
    )
    message = f"Invalid API Key provided: {shown}"
    if not key.startswith("sk_test_"):
        message += " (this mock takes keys of test mode: sk_test_NAMESPACE)"
    raise StripeError(message, status=401)
