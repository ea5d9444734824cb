"""`derive`: what makes one seed of another and a name."""

from __future__ import annotations

__all__ = ["derive"]


def derive(seed: int, name: str) -> int:
    """Give the seed, of 64 bits, that `name` has where `seed` is the run's.

    It is BLAKE2b over the seed in decimal, a line feed and the name: the same on every machine and in every version
    of Python, and another for each name.
    """
    import hashlib  # a tenth of the plugin's import, and only tests with data need it

    text = f"{seed}\n{name}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=8, person=b"belljar.data").digest()
    return int.from_bytes(digest, "big")
