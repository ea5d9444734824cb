"""`write_whole` and `write_first`: files that several processes may write at the same time.

Whoever reads sees a whole file or none. An interrupted writer leaves a file whose name begins with
a dot, which no reader looks at.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` there, in place of what was there; raises `OSError`."""
    with _written(path, content) as temporary:
        temporary.replace(path)


def write_first(path: Path, content: bytes) -> bool:
    """Whether `content` is there now; false when somebody else's was there first.

    Raises `OSError`.
    """
    with _written(path, content) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        return True


@contextmanager
def _written(path: Path, content: bytes) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
        except BaseException:
            temporary.unlink()
            raise
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
