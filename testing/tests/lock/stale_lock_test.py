"""A lock that was not made from what its requirements say now is noticed offline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[3] / "bazel" / "private" / "requirements.py"

WANTED = "faker>=40  # test data\nsqlalchemy\n"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), "check", "requirements.in", "requirements_lock.txt"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """Requirements and a lock made from them."""
    (tmp_path / "requirements.in").write_text(WANTED, encoding="utf-8")
    (tmp_path / "requirements_lock.txt").write_text("# Inputs: sha256:0\n", encoding="utf-8")
    digest = subprocess.run(
        [
            sys.executable,
            "-c",
            "import runpy, sys, pathlib; sys.path.insert(0, str(pathlib.Path(sys.argv[1]).parent));"
            "module = runpy.run_path(sys.argv[1]);"
            "print(module['digest'](pathlib.Path('requirements.in')))",
            str(PROGRAM),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (tmp_path / "requirements_lock.txt").write_text(
        f"# Inputs: sha256:{digest}\nfaker==40.1\n", encoding="utf-8"
    )
    return tmp_path


def test_a_lock_made_from_these_requirements_is_current(locked: Path) -> None:
    """The check passes, and says of how many."""
    done = check(locked)
    assert done.returncode == 0, done.stderr
    assert "these 2 requirements" in done.stdout


@pytest.mark.parametrize(
    "changed",
    [
        WANTED.replace(">=40", ">=39"),
        WANTED.replace("faker", "faker[extra]"),
        WANTED + "httpx\n",
        WANTED.replace("sqlalchemy", "sqlalchemy ; sys_platform == 'linux'"),
        "",
    ],
)
def test_a_changed_requirement_makes_the_lock_stale_and_names_the_command(
    locked: Path, changed: str
) -> None:
    """Also when the locked version would still do."""
    (locked / "requirements.in").write_text(changed, encoding="utf-8")
    done = check(locked)
    assert done.returncode == 1
    assert "requirements_lock.txt is stale" in done.stderr
    assert "./bazelw run //:requirements.update" in done.stderr


def test_comments_order_and_white_space_change_nothing(locked: Path) -> None:
    """Only what is asked for counts."""
    (locked / "requirements.in").write_text("# ours\nsqlalchemy\n\nfaker >= 40\n", encoding="utf-8")
    assert check(locked).returncode == 0


def test_an_included_file_counts(locked: Path) -> None:
    """A change behind -r or -c is a change."""
    (locked / "more.in").write_text("faker>=40\n", encoding="utf-8")
    (locked / "requirements.in").write_text("-r more.in\nsqlalchemy\n", encoding="utf-8")
    assert check(locked).returncode == 0
    (locked / "more.in").write_text("faker>=41\n", encoding="utf-8")
    assert check(locked).returncode == 1
