"""Opens a database that was kept when its test failed, or another file that has a database.

    ./bazelw run //testing:psql -- OUTPUTS.zip
    ./bazelw run //testing:psql -- //services/orders/tests/integration:stock_test
    ./bazelw run //testing:psql -- PATH --name TEST_OR_NUMBER
    ./bazelw run //testing:psql -- PATH -c 'SELECT count(*) FROM orders'

PATH is a test's outputs.zip or folder of outputs, the label of a test target (its last outputs are
taken), or a file: .dump, .sql or .tar, a built template's too. Several kept databases are listed, and
--name chooses one. What follows is psql's: -c, -f, -A, -t, ...; its input and exit code are psql's too.

A server of your own is started for it and removed at the end, with all that you did in it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from belljar.databases.clients import client_program
from belljar.databases.errors import BadExport, DatabaseError
from belljar.databases.exporting import check_stamp, import_
from belljar.databases.kept import choose, find_kept
from belljar.databases.postgres import PostgresServer
from belljar.databases.template import TEMPLATE_DATABASE, PostgresTemplate
from belljar.processes import ProcessError

__all__ = ["main"]

USAGE = __doc__ or ""
# As shells have it: 128 and the signal's number.
INTERRUPTED = 130
WRONG = 2


@dataclass(frozen=True)
class Request:
    """What the command line says."""

    path: str
    name: str
    psql: tuple[str, ...]

    @classmethod
    def read(cls, arguments: Sequence[str]) -> Request:
        """Return it; all that is not ours is psql's."""
        path, *rest = arguments
        if path.startswith("-"):
            raise BadExport(f"the path comes first, not {path}; --help shows how it is called")
        name = ""
        given = iter(rest)
        others = []
        for argument in given:
            if argument == "--name":
                name = next(given, "")
            elif argument.startswith("--name="):
                name = argument.removeprefix("--name=")
            else:
                others.append(argument)
        return cls(path, name, tuple(others))


def main(arguments: Sequence[str]) -> int:
    """Return psql's exit code, or 2 when it did not come to that."""
    if not arguments or "--help" in arguments:
        print(USAGE, end="", file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else WRONG
    try:
        request = Request.read(arguments)
        here = Path(os.environ.get("BUILD_WORKING_DIRECTORY") or Path.cwd())
        workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or here)
        with _signals_end_it(), tempfile.TemporaryDirectory() as folder:
            kept = choose(find_kept(request.path, here, workspace), request.name)
            with opened(kept.file(Path(folder))) as url:
                if sys.stdin.isatty() and sys.stdout.isatty():
                    print(f"{kept.name}; \\dt lists its tables, \\q ends", file=sys.stderr)
                return run_psql(url, request.psql, here)
    except (DatabaseError, ProcessError, OSError) as error:
        if _interrupted(error):
            return INTERRUPTED
        print(f"psql: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


@contextmanager
def opened(file: Path) -> Iterator[str]:
    """Give the URL of a database with the file's content, on a server that ends afterwards."""
    # A build output is a link to where the file is; what belongs to it lies beside the link.
    plain = file.with_suffix(".sql")
    if file.suffix == ".tar":
        try:
            check_stamp(file)
        except BadExport:
            if not plain.is_file():
                raise
            file = plain  # a template has both
        else:
            template = PostgresTemplate(file, plain, plain, key="")
            with PostgresServer(template=template) as server:
                yield server.create_database(template=TEMPLATE_DATABASE)
            return
    with PostgresServer() as server:
        yield import_(server, file)


def run_psql(url: str, arguments: Sequence[str], here: Path) -> int:
    """Return the exit code of psql, which has our terminal, or our input."""
    # The user's own settings of psql hold (.psqlrc, PAGER, LC_ALL), but not which server they use.
    theirs = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGSERVICE", "PGOPTIONS")
    environment = {key: value for key, value in os.environ.items() if key not in theirs}
    command = [str(client_program("psql")), f"--dbname={url}", *arguments]
    # A Ctrl-C reaches both of us, and is psql's: it cancels a query, or a line.
    before = signal.signal(signal.SIGINT, _do_nothing)
    try:
        code = subprocess.call(command, env=environment, cwd=here)
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Let a closed terminal or a plain `kill` end this as Ctrl-C does: nothing may be left."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), end) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _interrupted(error: BaseException) -> bool:
    """Tell whether it went wrong on the way out of an interruption, which may reach our server as well."""
    context = error.__context__
    return context is not None and (isinstance(context, KeyboardInterrupt) or _interrupted(context))


def _do_nothing(number: int, frame: FrameType | None) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
