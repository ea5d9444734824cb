"""Writes the SHA-256 of an interpreter's files.

The one argument is @FILE, which lists a path a line: the file to write, then the files to hash.
"""

import hashlib
import pathlib
import sys


def main() -> None:
    """Reads the list, writes the hash."""
    out, *files = pathlib.Path(sys.argv[1][1:]).read_text(encoding="utf-8").splitlines()
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(
            f"{file}\0{hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()}\n".encode()
        )
    pathlib.Path(out).write_text(total.hexdigest() + "\n", encoding="utf-8")


main()
