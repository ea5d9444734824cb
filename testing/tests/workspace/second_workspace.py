"""Team: a second workspace that depends on this one, and a Bazel to build it with.

Nothing is fetched: its wheels are made here, from those of this test or from a few lines of source, and
locked with their own hashes.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import subprocess
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import pytest

WORKSPACE = """\
workspace(name = "team")

local_repository(
    name = "belljar",
    path = "{belljar}",
)

load("@belljar//bazel:repositories.bzl", "belljar_repositories")

belljar_repositories(pip = "team_pip")

load("@belljar//bazel:python.bzl", "python_interpreter")

python_interpreter(version = "{version}")

load("@belljar//bazel:pip.bzl", "pip_parse")

pip_parse(
    name = "team_pip",
    extra_pip_args = ["--no-index", "--find-links={wheels}"],
    requirements_lock = "//third_party:lock.txt",
)

load("@team_pip//:requirements.bzl", "install_deps")

install_deps()
"""


@dataclass
class Result:
    """What one run of Bazel gave."""

    code: int
    text: str


@dataclass
class Team:
    """A team's own workspace, with a Bazel server of its own."""

    root: Path
    wheels: Path
    bazel: str
    belljar: Path
    environ: dict[str, str]
    startup: list[str]
    lock: list[str] = field(default_factory=list)

    def write(self, files: Mapping[str, str]) -> None:
        """Writes files, by their path in the workspace."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def command(self, command: str, *arguments: str) -> list[str]:
        """Gives the argument vector of `bazel COMMAND ARGUMENTS`."""
        return [self.bazel, *self.startup, command, *self._options(command), *arguments]

    def run(
        self, command: str, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> Result:
        """Gives the exit code and all output of `bazel COMMAND ARGUMENTS`."""
        done = subprocess.run(
            self.command(command, *arguments),
            cwd=self.root,
            env={**self.environ, **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=240,
            check=False,
        )
        return Result(done.returncode, done.stdout)

    def _options(self, command: str) -> list[str]:
        workspace = (
            ["--noenable_bzlmod", "--enable_workspace"] if "bazel 7" in self.version() else []
        )
        # Debian's system rc has it on, which buries what a failing test prints here.
        quiet = ["--nosandbox_debug"] if command in {"build", "coverage", "run", "test"} else []
        return [] if command == "shutdown" else [*workspace, *quiet]

    def version(self) -> str:
        """Gives what `bazel --version` prints."""
        return subprocess.run(
            [self.bazel, "--version"], capture_output=True, text=True, check=True
        ).stdout

    def log(self, label: str) -> str:
        """Gives the log of a test target, such as `//testing:x_test`."""
        return self.result(label, "test.log").read_text(encoding="utf-8")

    def result(self, label: str, name: str) -> Path:
        """Gives a file that a test target left."""
        package, _, target = label.removeprefix("//").partition(":")
        return self.root / "bazel-testlogs" / package / target / name

    def wheel(
        self, name: str, files: Mapping[str, str | bytes], metadata: str = "", version: str = "1.0"
    ) -> str:
        """Makes a wheel of these files; gives its entry for a lock."""
        normal = re.sub(r"[-_.]+", "_", name)
        info = f"{normal}-{version}.dist-info"
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}"
        tag = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        contents: dict[str, str | bytes] = {**files, f"{info}/METADATA": head, f"{info}/WHEEL": tag}
        contents = {
            f"{info}/{path[1:]}" if path.startswith("@") else path: text
            for path, text in contents.items()
        }
        contents[f"{info}/RECORD"] = "".join(
            f"{path},,\n" for path in [*contents, f"{info}/RECORD"]
        )
        return self.pack(f"{normal}-{version}-py3-none-any.whl", f"{name}=={version}", contents)

    def pack(
        self,
        file: str,
        requirement: str,
        contents: Mapping[str, str | bytes],
        programs: Collection[str] = (),
    ) -> str:
        """Writes a wheel's zip file; gives its entry for a lock."""
        with zipfile.ZipFile(self.wheels / file, "w") as archive:
            for path in sorted(contents):
                member = zipfile.ZipInfo(path)
                member.external_attr = (0o755 if path in programs else 0o644) << 16
                archive.writestr(member, contents[path])
        digest = hashlib.sha256((self.wheels / file).read_bytes()).hexdigest()
        return f"{requirement} --hash=sha256:{digest}"

    def repack(self, name: str) -> str:
        """Makes a wheel of a distribution that is installed here; gives its entry for a lock."""
        installed = distribution(name)
        files = [
            file
            for file in installed.files or []
            if ".." not in file.parts and "__pycache__" not in file.parts
        ]
        contents = {
            file.as_posix(): Path(str(file.locate())).read_bytes()
            for file in files
            if file.parts[0] != "bin"
        }
        record = next(path for path in contents if path.endswith(".dist-info/RECORD"))
        contents[record] = "".join(f"{path},,\n" for path in contents).encode()
        normal = re.sub(r"[-_.]+", "_", name)
        programs = {
            file.as_posix() for file in files if os.access(Path(str(file.locate())), os.X_OK)
        }
        return self.pack(
            f"{normal}-{installed.version}-py3-none-any.whl",
            f"{name}=={installed.version}",
            contents,
            programs,
        )

    def write_lock(self, *entries: str) -> None:
        """Writes the lock: what pytest needs, and these entries."""
        self.write(
            {
                "third_party/lock.txt": "\n".join([*self.lock, *entries, ""]),
                "third_party/BUILD.bazel": "",
            }
        )


def find_bazel() -> str:
    """Gives a Bazel that is not a wrapper, or skips."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    named = [Path(os.environ[name]) for name in ("BELLJAR_BAZEL",) if name in os.environ]
    system = [
        *sorted(Path("/usr/bin").glob("bazel-[0-9]*")),
        Path("/usr/bin/bazel"),
        Path("/usr/local/bin/bazel"),
    ]
    own = sorted(home.glob(".cache/bazelisk/downloads/**/bin/bazel"))
    for candidate in [*named, *system, *own]:
        if (
            candidate.is_file()
            and os.access(candidate, os.X_OK)
            and candidate.read_bytes()[:2] != b"#!"
        ):
            return str(candidate)
    pytest.skip("no Bazel binary in sight of the sandbox: set BELLJAR_BAZEL with --test_env")


def find_tools() -> Path:
    """Gives the folder of the build tools, or skips."""
    runfiles = os.environ.get("TEST_SRCDIR") or os.environ.get("RUNFILES_DIR")
    if runfiles:
        return Path(runfiles, "belljar_tools", "lib")
    pytest.skip(
        "needs the build tools that the Bazel target declares: ./bazelw test //testing/tests/workspace/..."
    )
