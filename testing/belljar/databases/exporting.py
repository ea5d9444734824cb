"""`export` and `import_`: a database as a file, and a file as a new database.

    export(url, Path("shop.dump"))
    url = import_(server, Path("shop.dump"))

The suffix chooses: `.sql` is a plain dump, to be read and compared; `.dump` is pg_dump's own format,
smallest; `.tar` is a whole data directory, from which a server starts as fast as from a template, but
only one of the same PostgreSQL version on the same platform. Dumps go into any server that is not
older. Roles belong to a server, not to a database: owners and rights are left out.
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from belljar.databases.archive import Stamp, read_stamp
from belljar.databases.binaries import find_postgres, postgres_version
from belljar.databases.clients import ClientFailed, run_client
from belljar.databases.dumps import dumped_version, is_dump
from belljar.databases.errors import BadExport
from belljar.databases.prepared import stamp_of
from belljar.databases.server import Postgres
from belljar.redaction.concealed import concealed

__all__ = ["SUFFIXES", "check_stamp", "export", "import_"]

SUFFIXES = (".sql", ".dump", ".tar")
ROLES = ("--no-owner", "--no-privileges")
# What pg_dump waits for a table that somebody is changing.
LOCK_MILLISECONDS = 5000


def export(url: str, path: Path, *, timeout: float | None = None) -> Path:
    """Return `path`, with the database in it: one consistent state, whoever works with it meanwhile.

    What is not committed is not in it. Raises `BadExport` (no file is left then), `ClientMissing`
    or another `DatabaseError`.
    """
    suffix = _suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # What looks like an export is a complete one.
    unfinished = path.with_name(f".{secrets.token_hex(4)}{suffix}")
    try:
        if suffix == ".tar":
            from belljar.databases.directories import pack_database  # what builds templates

            with tempfile.TemporaryDirectory() as folder:
                dump = Path(folder) / "whole.dump"
                _dump(url, dump, timeout)
                pack_database(lambda fresh: _load(fresh, dump), unfinished)
        else:
            _dump(url, unfinished, timeout)
        return unfinished.replace(path)
    except ClientFailed as error:
        raise BadExport(
            f"the database could not be exported to {path}: {error}{_server_newer(str(error))}"
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)


def import_(server: Postgres, path: Path, name: str | None = None) -> str:
    """Return the URL of a new database on `server` with what `export` has written to `path`.

    `name` is as for `create_database`. Raises `BadExport`; nothing is left on the server then.
    """
    if _suffix(path) == ".tar":
        from belljar.databases.directories import unpacked_database

        check_stamp(path)
        with tempfile.TemporaryDirectory() as folder, unpacked_database(path) as url:
            dump = Path(folder) / "whole.dump"
            _dump(url, dump, None)
            return _filled(server, name, dump, path)
    if not path.is_file():
        raise BadExport(f"there is no file {path}")
    if not is_dump(path):
        raise BadExport(f"{path} is not a dump of a database, or not a complete one")
    return _filled(server, name, path, path)


def check_stamp(path: Path) -> None:
    """Raise `BadExport` unless the PostgreSQL here can run on that data directory."""
    if not path.is_file():
        raise BadExport(f"there is no file {path}")
    # Whatever is in it.
    made, here = replace(read_stamp(path), key=""), stamp_of(find_postgres())
    if made == here:
        return
    raise BadExport(
        f"{path} is a data directory of {_described(made)}, and here is {_described(here)}"
        f"{' of another build' if _described(made) == _described(here) else ''}\n"
        "  fix: use a dump (.sql or .dump) of it, which every PostgreSQL loads that is not older"
    )


def _suffix(path: Path) -> str:
    if path.suffix not in SUFFIXES:
        raise BadExport(
            f"{path} does not say by its suffix what it is: .sql (plain dump), .dump (pg_dump's own "
            "format) or .tar (data directory)"
        )
    return path.suffix


def _described(stamp: Stamp) -> str:
    return f"PostgreSQL {stamp.version} for {stamp.platform}"


def _dump(url: str, path: Path, timeout: float | None) -> None:
    kind = "plain" if path.suffix == ".sql" else "custom"
    wait = f"--lock-wait-timeout={LOCK_MILLISECONDS}"
    arguments = (f"--format={kind}", f"--file={path}", wait, *ROLES)
    # What is compressed can't be gone through at the run's end.
    plain = ("--compress=0",) if concealed else ()
    run_client("pg_dump", url, *arguments, *plain, timeout=timeout)


def _load(url: str, dump: Path) -> None:
    if dump.suffix == ".sql":
        once = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        # Results (of set_config, say) are nobody's business here.
        run_client("psql", url, *once, "--output=/dev/null", f"--file={dump}")
    else:
        run_client("pg_restore", url, "--single-transaction", *ROLES, str(dump))


def _filled(server: Postgres, name: str | None, dump: Path, path: Path) -> str:
    url = server.create_database(name)
    loaded = False
    try:
        _load(url, dump)
        loaded = True
    except ClientFailed as error:
        raise BadExport(f"{path} could not be loaded: {error}{_dump_newer(dump)}") from None
    finally:
        if not loaded:
            server.drop_database(url)
    return url


def _dump_newer(dump: Path) -> str:
    made = dumped_version(dump)
    here = postgres_version(find_postgres())
    if made is None or made <= here:
        return ""
    return (
        f"\n  it was made by PostgreSQL {made}, and here is PostgreSQL {here}, which is older\n"
        f"  fix: name the programs of PostgreSQL {made} in BELLJAR_POSTGRES_BIN"
    )


def _server_newer(said: str) -> str:
    if "version mismatch" not in said:
        return ""
    return (
        "\n  fix: name the programs of the server's version, or a newer one, in "
        "BELLJAR_POSTGRES_BIN"
    )
