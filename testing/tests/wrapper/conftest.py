"""A machine with nothing on it but what a test puts there, to run the wrapper on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# Not resolved: under Bazel this file is a link, and its neighbours are found by the link's place.
_ROOT = Path(__file__).parents[3]
_FILES = [
    "bazelw",
    ".bazelversion",
    "tools/bazel",
    "tools/bazel7.bazelrc",
    *(
        f"tools/wrapper/{name}.sh"
        for name in ("perf", "private_folders", "rc_files", "which_bazel")
    ),
]
# Everything else that the machine running the test has is out of the wrapper's sight.
_UTILITIES = ["awk", "cat", "env", "readlink"]

# Writes down how it was called: name and arguments, then what came on standard input.
_RECORD = """\
{ printf '%s' "${0##*/}"; for a; do printf '\\037%s' "$a"; done; printf '\\n'; } >>"$CALLS"
"""


@dataclass
class Result:
    """What a run printed, how it ended and which programs it called."""

    code: int
    out: str
    err: str
    calls: list[list[str]]

    @property
    def bazel(self) -> list[str]:
        """Gives the arguments that the real Bazel got in the end."""
        ran = [call for call in self.calls if call[1:] != ["--version"]]
        assert ran, f"no Bazel was run: {self.err}"
        return ran[-1][1:]


@dataclass
class Machine:
    """A checkout, a PATH and a home, all empty but for what is needed to start."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Copies the wrapper: running it in place would find the real checkout's files."""
        for name in _FILES:
            target = self.checkout / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_ROOT / name, target)
        for name in ("bazelw", "tools/bazel"):
            (self.checkout / name).chmod(0o755)
        self.write("WORKSPACE", "")
        self.system.mkdir()
        self.bin.mkdir()
        self.home.mkdir()
        for name in _UTILITIES:
            found = shutil.which(name, path="/bin:/usr/bin")
            assert found is not None
            (self.system / name).symlink_to(found)

    @property
    def checkout(self) -> Path:
        """The workspace's root."""
        return self.folder / "check out"

    @property
    def bin(self) -> Path:
        """First on PATH; the tests' own programs."""
        return self.folder / "bin"

    @property
    def system(self) -> Path:
        """Last on PATH; a few real utilities."""
        return self.folder / "system"

    @property
    def home(self) -> Path:
        """The user's HOME."""
        return self.folder / "home"

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the checkout."""
        path = self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def program(self, name: str, body: str = "", folder: Path | None = None) -> Path:
        """Puts a program on PATH that records its call and then runs `body`."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{_RECORD}{body}\n")
        path.chmod(0o755)
        return path

    def bazel(self, version: str, name: str = "bazel", folder: Path | None = None) -> Path:
        """Puts a Bazel of some version on PATH; it copies its standard input and ends with 3."""
        answer = f'[ "$*" = --version ] && {{ echo "bazel {version}"; exit 0; }}\ncat\nexit 3'
        return self.program(name, answer, folder)

    def python(self) -> None:
        """Puts a python3 with pip on PATH."""
        self.program("python3")
        self.program("pip3")

    def run(
        self,
        *arguments: str,
        program: str = "bazelw",
        cwd: str = ".",
        stdin: str = "",
        **environment: str,
    ) -> Result:
        """Runs the wrapper without a terminal and gives all there is to see of it."""
        calls = self.folder / "calls"
        calls.unlink(missing_ok=True)
        done = subprocess.run(
            [str(self.checkout / program), *arguments],
            cwd=self.checkout / cwd,
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env(**environment),
            # No terminal to ask on, even where the tests themselves are run from one.
            start_new_session=True,
            check=False,
        )
        lines = calls.read_text().splitlines() if calls.exists() else []
        return Result(
            done.returncode, done.stdout, done.stderr, [line.split("\037") for line in lines]
        )

    def env(self, **more: str) -> dict[str, str]:
        """Gives the whole environment of a run."""
        return {
            "PATH": f"{self.bin}{os.pathsep}{self.system}",
            "HOME": str(self.home),
            "CALLS": str(self.folder / "calls"),
            **self.environment,
            **more,
        }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine, with a python3 that has pip."""
    made = Machine(tmp_path)
    made.python()
    return made


@pytest.fixture
def bare_machine(tmp_path: Path) -> Machine:
    """A machine without Python."""
    return Machine(tmp_path)


@pytest.fixture
def run(machine: Machine) -> Callable[..., Result]:
    """Runs ./bazelw on a machine that has Bazel 4.2.3."""
    machine.bazel("4.2.3")
    return machine.run


@pytest.fixture
def debian_wrapper(machine: Machine) -> Path:
    """Puts Debian's pair on PATH: a script that calls tools/bazel, and bazel-4 beside it."""
    machine.bazel("no_version", name="bazel-4")
    machine.program("dpkg-query", "printf '4.2.3+ds-9'")
    return machine.program(
        "bazel",
        f'BAZEL_REAL={machine.bin}/bazel-7.7.1 exec "{machine.checkout}/tools/bazel" "$@"',
    )


@pytest.fixture
def roomy_machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose folders are outside of /tmp, /run and /dev/shm, as a normal one's are."""
    if sys.platform != "linux":
        pytest.skip("private folders are for Linux's sandbox")
    hidden = (Path("/tmp"), Path("/run"), Path("/dev/shm"))
    for place in (tmp_path, Path(os.environ.get("TEST_TMPDIR", "/var/tmp")), Path("/var/tmp")):
        outside = not any(place.resolve().is_relative_to(folder) for folder in hidden)
        if outside and os.access(place, os.W_OK):
            break
    else:
        pytest.skip("every folder that can be written to here is one of those")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        made = Machine(Path(folder))
        made.python()
        made.bazel("4.2.3")
        yield made
