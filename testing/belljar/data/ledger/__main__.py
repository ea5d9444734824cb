"""Shows or removes what ledgers have left: `python -m belljar.data.ledger FILE --url URL [--dry-run]`.

./bazelw run //testing/belljar/data/ledger:clean -- staging.ledger --url postgresql://... --dry-run
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from belljar.data.errors import DataError
from belljar.data.ledger.allowing import place_of, refuse_unless_allowed
from belljar.data.ledger.leftovers import cleaned, left_behind
from belljar.data.ledger.notes import NoteFile
from belljar.databases.errors import DatabaseError
from belljar.databases.urls import libpq_url

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Return the exit code: 1 if rows are left."""
    options = argparse.ArgumentParser(prog="ledger", description=(__doc__ or "").splitlines()[0])
    options.add_argument("file", type=Path, help="the ledger's file")
    options.add_argument("--url", required=True, help="the database that it is about")
    options.add_argument(
        "--allow", action="append", default=[], help="HOST/DATABASE; may be repeated"
    )
    options.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    chosen = options.parse_args(arguments)
    # `bazel run` starts programs elsewhere.
    file = Path(os.environ.get("BUILD_WORKING_DIRECTORY", "")) / chosen.file
    try:
        url = libpq_url(chosen.url, "--url")
        refuse_unless_allowed(url, chosen.allow)
        return _clean(url, file, dry=chosen.dry_run)
    except (DataError, DatabaseError) as error:
        print(f"ledger: {error}", file=sys.stderr)
        return 2


def _clean(url: str, base: Path, *, dry: bool) -> int:
    files = left_behind(base)
    if not files:
        print(f"ledger: there is no {base}", file=sys.stderr)
        return 2
    code = 0
    for path in files:
        file = NoteFile(path)
        place = file.read_place()
        if not file.held:
            print(f"{path}: a run that is still there holds it")
        elif place != place_of(url):
            print(f"{path}: it is about {place}, not {place_of(url)}")
            code = 2
        else:
            done = cleaned(url, file, dry=dry)
            print("\n".join(f"{path}: {line}" for line in done.lines(dry=dry)))
            code = max(code, 1 if done.left else 0)
            file.close(remove=not dry and not done.left)
            continue
        file.close()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
