"""`SECRET_KEY`: what every access key's secret is, unless a server is told another one."""

from __future__ import annotations

__all__ = ["SECRET_KEY"]

SECRET_KEY = "belljar-secret-key"
