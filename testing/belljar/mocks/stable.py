"""`stable`: a text without what differs from run to run: ids, numbers and times become `*`.

stable("/v1/payment_intents/pi_3QhTzK2x/confirm")   # -> "/v1/payment_intents/pi_*/confirm"
stable("Receipt for order 4711")                    # -> "Receipt for order *"
"""

from __future__ import annotations

import re

__all__ = ["stable"]

# The longest first: a UUID has numbers in it.
_IDS = re.compile(
    r"""
    (?<![A-Za-z0-9])
    (?:
        [0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}  # a UUID
      | (?P<prefix>[a-z]+(?:_[a-z]+)*_)(?=[A-Za-z]*\d)[A-Za-z0-9]{6,}                # pi_3QhTzK
      | (?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}             # a token, a ULID
      | (?=[a-f]*\d)[0-9a-f]{8,}                                                     # hex
      | \d+
    )
    (?![A-Za-z0-9])
    """,
    re.VERBOSE,
)


def stable(text: str) -> str:
    """Give the text with `*` for each id; the prefix of one that has a prefix stays."""
    return _IDS.sub(lambda found: f"{found['prefix'] or ''}*", text)
