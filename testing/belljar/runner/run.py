"""run(): one pytest target, from Bazel's environment to an exit code."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, nullcontext
from pathlib import Path

from belljar.fence.errors import BadFenceSetting
from belljar.fence.starting import Gate
from belljar.runner import search_path
from belljar.runner.jar import close_jar
from belljar.runner.protocol import Protocol
from belljar.runner.seal import Seal, inspect, private_folders
from belljar.runner.supervision import supervised
from belljar.runner.target import Target
from belljar.runner.terminal import terminal
from belljar.runner.time_zones import find_time_zones

__all__ = ["run"]

_LEVELS = ("open", "partial", "sealed")
_REFUSED = 3


def run(target: Target, path: list[str]) -> int:
    """Gives pytest's exit code for `target`, with `path` as the search path that Bazel made.

    0 when every selected test passed (or none was selected by a filter or for this shard), 1 when
    one failed, 3 when the seal is weaker than what BELLJAR_SEAL demands; others are pytest's own.
    """
    protocol = Protocol.read()
    _settle_hash_seed(protocol.random_seed or "0")
    if protocol.premature_exit:
        # Stays behind if the process ends in any way but through this function.
        protocol.premature_exit.write_text("", encoding="utf-8")
    root = _root()
    if protocol.under_bazel and not protocol.interactive:
        close_jar()
    with ExitStack() as stack:
        home, short = _private_folders(protocol, stack)
        _settle_environment(home, short, overriding=protocol.interactive)
        # By the name that tools know a folder of wheels by.
        wheels = Path(tempfile.mkdtemp(prefix="path-", dir=short), "site-packages")
        search_path.install(path, wheels)
        seal = inspect(sandboxed=protocol.under_bazel and not protocol.interactive)
        code = _refusal(seal)
        if not code:
            stack.enter_context(terminal() if protocol.interactive else nullcontext())
            gate = Gate()
            code = supervised(
                lambda: _fenced(gate, target, protocol, root, seal), target.label, protocol, gate
            )
    if protocol.premature_exit:
        protocol.premature_exit.unlink(missing_ok=True)
    return code


def _settle_hash_seed(seed: str) -> None:
    """Starts this program again where the order of its sets is not the run seed's.

    The macros set the usual one; --runs_per_test has one a run, and `bazel run` may have none.
    """
    wanted = {"PYTHONHASHSEED": seed, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"}
    if sys.platform == "win32" or wanted.items() <= os.environ.items():
        return
    os.environ.update(wanted)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _root() -> Path:
    """Gives the workspace's folder of the runfiles, where the tests run."""
    srcdir, workspace = os.environ.get("TEST_SRCDIR"), os.environ.get("TEST_WORKSPACE")
    if srcdir and workspace:
        return Path(srcdir, workspace)
    # Started by hand: RUNFILES/WORKSPACE/PACKAGE/NAME.main.py is running.
    main = Path(sys.modules["__main__"].__file__ or "").absolute()
    runfiles = srcdir or os.environ.get("RUNFILES_DIR") or ""
    if runfiles and main.is_relative_to(runfiles):
        return Path(runfiles, main.relative_to(runfiles).parts[0])
    return Path.cwd()


def _private_folders(protocol: Protocol, stack: ExitStack) -> tuple[Path, Path]:
    """Gives an empty folder for HOME, and one for TMPDIR; `stack` removes what Bazel would not."""

    def made(parent: Path | None) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="t", dir=parent))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    own = None if protocol.interactive else protocol.tmpdir
    if own is not None:
        own.mkdir(parents=True, exist_ok=True)
    # Bazel's folders for tests have paths too long for a Unix socket.
    usual = Path("/tmp")
    return made(own), made(usual if os.access(usual, os.W_OK) else own)


def _settle_environment(home: Path, short: Path, *, overriding: bool) -> None:
    """Sets the variables that tests on all machines share.

    Time zone and locale may be the target's own, from its `env`; `overriding` says that they are
    rather a person's.
    """
    same = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    for name, value in same.items():
        if overriding or name not in os.environ:
            os.environ[name] = value
    os.environ.update(HOME=str(home), USERPROFILE=str(home))
    os.environ.update(TEMP=str(short), TMP=str(short), TMPDIR=str(short))
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        del os.environ[name]
    tempfile.tempdir = None
    if hasattr(time, "tzset"):
        time.tzset()


def _refusal(seal: Seal) -> int:
    """Gives 0 when `seal` is as strong as BELLJAR_SEAL demands; says what to do otherwise."""
    demanded = os.environ.get("BELLJAR_SEAL", "open")
    if demanded not in _LEVELS:
        print(
            f"belljar: BELLJAR_SEAL={demanded!r} is not a seal; choose one of {', '.join(_LEVELS)}",
            file=sys.stderr,
        )
        return _REFUSED
    if _LEVELS.index(seal.level) >= _LEVELS.index(demanded):
        return 0
    print(
        f"belljar: this test's seal is {seal}, and BELLJAR_SEAL demands {demanded}.\n"
        "Run it through ./bazelw test, in a place where Bazel's linux-sandbox works (user namespaces "
        "allowed), or without --config=ci.",
        file=sys.stderr,
    )
    return _REFUSED


def _fenced(gate: Gate, target: Target, protocol: Protocol, root: Path, seal: Seal) -> int:
    """Gives pytest's exit code, or the refusal of a seal whose fence does not hold."""
    try:
        gate.enter()
    except BadFenceSetting as error:
        print(f"belljar: {error}", file=sys.stderr)
        return _REFUSED
    # Now, while the supervisor gets ready.
    import pytest  # noqa: F401

    folders = [os.environ["TMPDIR"], str(protocol.tmpdir or ""), str(protocol.outputs or "")]
    if seal.own_network:
        folders += private_folders()
    seal = seal.lacking(gate.settle(private=seal.own_network, folders=folders))
    return _refusal(seal) or _pytest(target, protocol, root, seal)


def _pytest(target: Target, protocol: Protocol, root: Path, seal: Seal) -> int:
    from belljar.runner.measuring import measured

    find_time_zones()
    # What the plugin needs, also in the workers of a target that asks for some.
    os.environ["BELLJAR_SEAL_SEEN"] = str(seal)
    os.environ["BELLJAR_TARGET"] = target.label
    os.environ["BELLJAR_LAYER"] = target.layer
    os.chdir(root)
    with measured(protocol, root):
        import pytest

        return int(pytest.main(_arguments(target, protocol, root)))


def _arguments(target: Target, protocol: Protocol, root: Path) -> list[str]:
    arguments = [
        "-c",
        str(root / target.config),
        "--rootdir",
        str(root),
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-p",
        "belljar.plugin",
        "-p",
        "belljar.runner.pytest_plugin",
        # One process, whatever the ini file says: Bazel runs targets side by side. A target that
        # wants workers says so in its args, which come later.
        "-n0",
    ]
    if protocol.fail_fast:
        arguments.append("--exitfirst")
    if protocol.xml:
        arguments += [f"--junitxml={protocol.xml}", "-o", f"junit_suite_name={target.label}"]
        arguments += ["-o", "junit_logging=all", "-o", "junit_family=xunit2"]
    given = sys.argv[1:]
    # A person may name files and node ids of this target in place of all its sources.
    named = any((root / word.partition("::")[0]).is_file() for word in given if ".py" in word)
    sources = [] if named else [str(root / source) for source in target.sources]
    return [*arguments, *sources, *given]
