"""`prepared_cluster`: a data directory made before, so that no test has to wait for initdb.

Under Bazel it is a file beside this module, made once, by a build action. `BELLJAR_POSTGRES_CLUSTER`
names another one. Without either, as under plain pytest, a server runs initdb.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import sys
from pathlib import Path

from belljar.databases.archive import Stamp, read_stamp
from belljar.databases.binaries import catalog_file, postgres_version
from belljar.databases.errors import BadCluster

__all__ = ["VARIABLE", "built_cluster", "prepared_cluster", "stamp_of"]

VARIABLE = "BELLJAR_POSTGRES_CLUSTER"
# Not resolved: in a test's runfiles the two lie side by side, behind links to different places.
BESIDE = Path(__file__).with_name("cluster.tar")
LOG = logging.getLogger(__name__)


def prepared_cluster(binaries: Path) -> Path | None:
    """Return the archive that these programs can run on, or None if there is none.

    One that other programs made is passed over with a line in the log, unless it was named: then,
    and when it is broken, `BadCluster` is raised.
    """
    named = os.environ.get(VARIABLE)
    archive = Path(named) if named else BESIDE
    if not archive.is_file():
        if named:
            raise BadCluster(f"{VARIABLE} is {named}, but there is no such file")
        return None
    mismatch = _mismatch(read_stamp(archive), stamp_of(binaries), binaries)
    if not mismatch:
        return archive
    if named:
        raise BadCluster(
            f"{VARIABLE} is {named}, but {mismatch}\n"
            f"  fix: unset {VARIABLE}, or name a cluster that these programs made"
        )
    LOG.warning("running initdb, because of the prepared cluster %s: %s", archive, mismatch)
    return None


def built_cluster(archive: Path, binaries: Path) -> Path:
    """Return the archive of a template if these programs can run on it; else raise `BadCluster`."""
    if not archive.is_file():
        raise BadCluster(
            f"there is no template {archive}\n"
            "  fix: build it; under Bazel it is an input of the tests that name it in `database`"
        )
    mismatch = _mismatch(read_stamp(archive), stamp_of(binaries), binaries)
    if mismatch:
        raise BadCluster(
            f"the template {archive} cannot be used here: {mismatch}\n"
            "  fix: build it with the PostgreSQL that runs the tests, on the platform they run on"
        )
    return archive


def stamp_of(binaries: Path) -> Stamp:
    """Return what a data directory gets that these programs make."""
    catalog = catalog_file(binaries)
    # The rows that initdb puts into the catalogs: they change when an on-disk format does.
    digest = hashlib.sha256(catalog.read_bytes()).hexdigest() if catalog else ""
    return Stamp(
        version=postgres_version(binaries),
        catalog=digest,
        platform=f"{sys.platform}-{platform.machine().lower()}",
    )


def _mismatch(made: Stamp, here: Stamp, binaries: Path) -> str:
    """Why the two don't go together; empty if they do."""
    if made.version != here.version:
        return f"PostgreSQL {made.version} made it, and {binaries} has PostgreSQL {here.version}"
    if made.platform != here.platform:
        return f"it was made on {made.platform}, and this is {here.platform}"
    if not here.catalog:
        return f"{binaries} has no ../share/postgres.bki to compare it with"
    if made.catalog != here.catalog:
        return f"it has other catalogs than the PostgreSQL {here.version} in {binaries}"
    return ""
