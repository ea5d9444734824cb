"""Secrets that nothing of ours writes: `conceal` one, and no report, log or file shows it from then on.

    conceal(token, "PAYMENTS_TOKEN")
    redact(f"401 for {token}")             # -> "401 for [secret PAYMENTS_TOKEN]"

Under pytest the plugin `belljar.redaction.plugin` does the rest: see docs/secrets.md.
"""

from __future__ import annotations

from belljar.redaction.concealed import conceal, redact, redact_bytes
from belljar.redaction.places import redact_at_end

__all__ = ["conceal", "redact", "redact_at_end", "redact_bytes"]
