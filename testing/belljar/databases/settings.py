"""PostgreSQL's settings for tests: fast where nothing has to survive, or durable on request."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["BUILD", "DURABLE", "FAST", "PREPARED", "config_file", "config_lines", "known"]

# Both kinds. The sizes are set because initdb probes the machine and once chose 20 connections.
COMMON = {
    "max_connections": "200",
    "shared_buffers": "32MB",
    "default_statistics_target": "100",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # One with each database that is copied: they would crowd out what an error has to show.
    "log_checkpoints": "off",
    # In the data folder, so that it goes with it: `posix` leaves segments behind after a SIGKILL.
    "dynamic_shared_memory_type": "mmap",
    "unix_socket_permissions": "0700",
}

# Nothing outlives the test, so nothing has to reach a disk.
FAST = COMMON | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # Checkpoints when asked for (CREATE DATABASE, the end), not on a clock in the middle of a test.
    "checkpoint_timeout": "1h",
    "max_wal_size": "1GB",
    # It would connect to templates while they are cloned, and wake up at random.
    "autovacuum": "off",
    "bgwriter_lru_maxpages": "0",
    # Extra processes for reading ahead cost start time and memory, and gain nothing in memory.
    "io_method": "sync",
}

# While initdb works, unless durable: a tenth less work. Its last act is an ANALYZE of the catalogs.
BUILD = {
    "shared_buffers": "16MB",
    "default_statistics_target": "1",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "full_page_writes": "off",
}

# The same for a directory that is made once for many. What initdb would find out by trying is said
# instead, so that it does not depend on the machine's load; and an ANALYZE that may look at every
# row finds the same each time.
PREPARED = BUILD | {
    "default_statistics_target": "100",
    "max_connections": "100",
    "autovacuum_worker_slots": "16",
    "dynamic_shared_memory_type": "mmap",
}

# As a production server would have it; slower, and for tests about crashes and replication.
DURABLE = COMMON | {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",
    "autovacuum": "on",
}

# Settings that older servers do not know: the first major version that does.
SINCE = {"autovacuum_worker_slots": 18, "io_method": 18}


def config_file(settings: Mapping[str, str], version: int) -> str:
    """Return the text for `postgresql.conf`, without what that major version does not know."""
    return "\n# Belljar's settings\n" + config_lines(known(settings, version))


def config_lines(settings: Mapping[str, str]) -> str:
    """Return them as PostgreSQL reads them from a file."""
    items = settings.items()
    return "".join(f"{key} = '{_quoted(str(value))}'\n" for key, value in items)


def known(settings: Mapping[str, str], version: int) -> dict[str, str]:
    """Return the settings that this major version has."""
    return {key: value for key, value in settings.items() if SINCE.get(key, 0) <= version}


def _quoted(value: str) -> str:
    if "\n" in value:
        raise ValueError(f"a PostgreSQL setting cannot have several lines: {value!r}")
    return value.replace("\\", "\\\\").replace("'", "''")
