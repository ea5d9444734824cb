"""Reading parameters: each function gives a value of the right type, or raises Stripe's error for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from belljar.mocks.payments.currencies import CURRENCIES, MINIMUM, ZERO_DECIMAL
from belljar.mocks.payments.errors import invalid, missing_parameter
from belljar.mocks.payments.forms import Params

__all__ = [
    "amount_of",
    "boolean",
    "choice",
    "currency_of",
    "integer",
    "mapping",
    "merged_metadata",
    "money",
    "required",
    "text",
    "texts",
]

LARGEST = 99_999_999
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def required(params: Params, name: str) -> str:
    """A text that has to be there."""
    if name not in params:
        raise missing_parameter(name)
    value = text(params, name)
    if not value:
        raise _empty(name)
    return value


def text(params: Params, name: str, longest: int = 5000) -> str | None:
    """A text; None where it is not there, or empty, which unsets it."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise invalid(f"Invalid string: {_shown(value)}", name)
    if len(value) > longest:
        raise invalid(f"Invalid {name}: must be at most {longest} characters", name)
    return value


def integer(params: Params, name: str) -> int | None:
    """A whole number."""
    value = params.get(name)
    if value is None:
        return None
    if value == "":
        raise _empty(name)
    if not isinstance(value, str) or not _WHOLE.fullmatch(value):
        raise invalid(f"Invalid integer: {_shown(value)}", name, "parameter_invalid_integer")
    return int(value)


def boolean(params: Params, name: str) -> bool | None:
    """True or false."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {_shown(value)}", name)
    return bool(value == "true")


def choice(params: Params, name: str, choices: Sequence[str]) -> str | None:
    """One of several words."""
    value = text(params, name)
    if value is not None and value not in choices:
        listed = ", ".join(choices[:-1]) + f", or {choices[-1]}" if len(choices) > 1 else choices[0]
        raise invalid(f"Invalid {name}: must be one of {listed}", name)
    return value


def mapping(params: Params, name: str) -> Params | None:
    """An object; None where it is not there, or unset."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        raise invalid("Invalid object", name)
    return value


def texts(params: Params, name: str) -> list[str] | None:
    """A list of texts."""
    value = params.get(name)
    if value is None:
        return None
    if value == "":
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise invalid("Invalid array", name)
    return value


def currency_of(params: Params) -> str:
    """The currency, in lower case."""
    value = required(params, "currency").lower()
    if value not in CURRENCIES:
        listed = ", ".join(sorted(CURRENCIES))
        raise invalid(
            f"Invalid currency: {value}. Stripe currently supports these currencies: {listed}",
            "currency",
        )
    return value


def amount_of(params: Params, currency: str, name: str = "amount") -> int | None:
    """An amount that can be charged."""
    value = integer(params, name)
    if value is None:
        return None
    if value < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", name, "parameter_invalid_integer"
        )
    least = MINIMUM.get(currency, 1)
    if value < least:
        raise invalid(f"Amount must be at least {money(least, currency)}", name, "amount_too_small")
    if value > LARGEST:
        raise invalid(
            f"Amount must be no more than {money(LARGEST, currency)}", name, "amount_too_large"
        )
    return value


def money(amount: int, currency: str) -> str:
    """An amount as messages show it: `$12.00`, `12.00 eur`."""
    shown = f"{amount:,}" if currency in ZERO_DECIMAL else f"{amount / 100:,.2f}"
    return f"${shown}" if currency == "usd" else f"{shown} {currency}"


def merged_metadata(old: Mapping[str, str], params: Params) -> dict[str, str] | None:
    """The metadata with the given changes; None where none are given. Empty values remove a key."""
    if "metadata" not in params:
        return None
    changes = params["metadata"]
    if changes == "":
        return {}
    if not isinstance(changes, dict):
        raise invalid("Invalid object", "metadata")
    new = dict(old)
    for key, value in changes.items():
        if not isinstance(value, str):
            raise invalid(
                "Metadata values must be strings, but for key "
                f"'{key}' you passed in a value of type {type(value).__name__}",
                "metadata",
            )
        if len(key) > 40:
            raise invalid(
                f"Invalid metadata key: {key}. Keys must be at most 40 characters.", "metadata"
            )
        if len(value) > 500:
            raise invalid(
                "Metadata values can have up to 500 characters, but you passed in a value that is "
                f"{len(value)} characters. Invalid value: {value[:100]}...",
                f"metadata[{key}]",
            )
        if value == "":
            new.pop(key, None)
        else:
            new[key] = value
    if len(new) > 50:
        raise invalid(f"Metadata can have up to 50 keys, and this has {len(new)}.", "metadata")
    return new


def _empty(name: str) -> Exception:
    return invalid(
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{name}' cannot be unset. You should remove '{name}' from your request "
        "or supply a non-empty value.",
        name,
        "parameter_invalid_empty",
    )


def _shown(value: Any) -> str:
    return str(value)[:100]
