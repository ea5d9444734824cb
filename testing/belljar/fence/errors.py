"""Every error that belljar.fence raises, in one tree.

FenceError
├── BadFenceSetting   a setting or an address in one that cannot be used
└── FenceUnavailable  this platform, or this place, does not let the whole fence stand
"""

from __future__ import annotations

__all__ = ["BadFenceSetting", "FenceError", "FenceUnavailable"]


class FenceError(Exception):
    """Something is wrong with the fence, said so that it can be mended."""


class BadFenceSetting(FenceError):
    """A setting has a value that it does not know, or an address is none."""


class FenceUnavailable(FenceError):
    """The kernel's part of the fence can't be had; the message is a phrase for the seal."""
