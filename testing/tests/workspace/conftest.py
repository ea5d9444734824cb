"""The fixture `team`: a workspace of a team's own, beside a copy of this one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workspace.second_workspace import WORKSPACE, Team, find_bazel, find_tools

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A workspace with Belljar as a repository, a lock of its own, no .bazelrc, and a package `testing`."""
    bazel = find_bazel()
    folder = tmp_path_factory.mktemp("team")
    belljar = folder / "belljar"
    for part in ("bazel", "testing/belljar"):
        shutil.copytree(ROOT / part, belljar / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("WORKSPACE", "BUILD.bazel", "testing/BUILD.bazel"):
        shutil.copy(ROOT / name, belljar / name)
    home = folder / "home"
    home.mkdir()
    team = Team(
        root=folder / "workspace",
        wheels=folder / "wheels",
        bazel=bazel,
        belljar=belljar,
        environ={
            "BELLJAR_PYTHON": sys.executable,
            "BELLJAR_TOOLS": str(find_tools()),
            "HOME": str(home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "UV_CACHE_DIR": str(home / "uv"),
        },
        startup=[
            f"--output_base={folder / 'base'}",
            "--max_idle_secs=60",
            "--host_jvm_args=-Xmx1g",
        ],
    )
    team.wheels.mkdir()
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        team.lock.append(team.repack(name))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    team.write(
        {"WORKSPACE": WORKSPACE.format(belljar=belljar, version=version, wheels=team.wheels)}
    )
    team.write_lock()
    yield team
    team.run("shutdown")
