"""python_interpreter_repo(): a repository with a relocated CPython of one minor version."""

load("//bazel/private:repo_label.bzl", "repo_label")
load("//bazel/private:uv_environment.bzl", "uv_environment")

_HELP = """
belljar: no CPython {version} for this machine.

Seen:
{seen}

uv, asked to install one, said:
{uv}

Do one of these:
  - install CPython {version} in any way and have it on PATH (uv python install {version}, pyenv,
    or the system's packages);
  - name one: BELLJAR_PYTHON=/path/to/python{version} ./bazelw ...;
  - pin another minor version in WORKSPACE, python_interpreter(version = "..."), and lock again with
    ./bazelw run //:requirements.update
"""

# The first lines of every stub: shell to the shell, a docstring to Python. No python3 of the machine
# is needed, and none is used.
_STUB_SHEBANG = """#!/bin/sh
'''':
case $0 in /*) stub=$0 ;; *) stub=$PWD/$0 ;; esac
for runfiles in "$stub.runfiles" "${{stub%.runfiles/*}}.runfiles"; do
  python=$runfiles/{repository}/{executable}
  [ -x "$python" ] && exec "$python" "$runfiles/{repository}/launch.py" "$runfiles" "$stub" "$@"
done
exec /usr/bin/env python3 "$0" "$@"
'''"""

_BUILD = '''"""CPython {version}, as content: the binary, its library, and a hash of both."""

load("@rules_python//python:defs.bzl", "py_runtime", "py_runtime_pair")
load("{fingerprint_rule}", "interpreter_fingerprint")

package(default_visibility = ["//visibility:public"])

exports_files(["python.json", "{executable}"])

# One directory a tree, which costs a test one input. Bazel does not look inside, hence the
# fingerprint, whose action has every file as an input.
interpreter_fingerprint(
    name = "fingerprint",
    interpreter = "{executable}",
    script = "{fingerprint_script}",
    # Bytecode is made from the sources by the repository rule, and checked against them when imported.
    srcs = glob({globs}, exclude = ["**/*.pyc"]),
)

filegroup(
    name = "files",
    srcs = [":fingerprint", "launch.py"] + {extra} + select({{
        "{remote_exec}": glob({globs}),
        "//conditions:default": {trees},
    }}),
)

py_runtime(
    name = "runtime_py3",
    files = [":files"],
    interpreter = "{executable}",
    python_version = "PY3",
    stub_shebang = {stub_shebang},
)

py_runtime_pair(
    name = "pair",
    py2_runtime = None,
    py3_runtime = ":runtime_py3",
)

toolchain(
    name = "toolchain",
    toolchain = ":pair",
    toolchain_type = "@bazel_tools//tools/python:toolchain_type",
)
'''

def _uv(rctx):
    lib = rctx.path(Label("@belljar_tools//:BUILD.bazel")).dirname.get_child("lib")
    for name in ["uv", "uv.exe"]:
        uv = lib.get_child("bin").get_child(name)
        if uv.exists:
            return uv
    found = rctx.which("uv")
    if not found:
        fail("belljar: uv is neither in %s nor on PATH; put it on PATH" % lib)
    return found

def _find(rctx, uv):
    """Gives the path of an interpreter, or stops with what was seen."""
    version = rctx.attr.version
    given = rctx.os.environ.get("BELLJAR_PYTHON", "")
    if given:
        result = rctx.execute([given, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        seen = result.stdout.strip()
        if result.return_code != 0 or seen != version:
            fail("belljar: BELLJAR_PYTHON=%s is %s, and WORKSPACE pins %s; name a CPython %s, or unset it" % (
                given,
                ("CPython " + seen) if seen else "not an interpreter that runs (%s)" % result.stderr.strip(),
                version,
                version,
            ))
        return given

    # A framework build of macOS can't be relocated; uv's own builds can.
    find = [uv, "python", "find", "--system", "--no-project"]
    if rctx.os.name.startswith("mac"):
        find.append("--managed-python")
    result = rctx.execute(find + [version])
    if result.return_code == 0:
        return result.stdout.strip()
    install = rctx.execute([uv, "python", "install", version], environment = uv_environment(rctx))
    if install.return_code == 0:
        result = rctx.execute(find + [version])
        if result.return_code == 0:
            return result.stdout.strip()
    seen = rctx.execute([uv, "python", "list", "--only-installed"]).stdout.strip()
    fail(_HELP.format(
        version = version,
        seen = seen or "no interpreter at all",
        uv = install.stderr.strip(),
    ))

def _python_interpreter_repo_impl(rctx):
    python = _find(rctx, _uv(rctx))
    setup = rctx.path(Label("//bazel/private:interpreter_setup.py"))
    result = rctx.execute([python, "-I", "-S", "-B", setup, "runtime"], timeout = 600)
    if result.return_code != 0:
        fail("belljar: can't relocate the interpreter %s:\n%s" % (python, result.stderr))
    rctx.file("python.json", result.stdout)
    info = json.decode(result.stdout)
    launch = rctx.path(Label("//bazel/private:launch.py"))
    rctx.file("launch.py", rctx.read(launch), executable = False)

    # Windows starts a stub with the interpreter itself.
    stub_shebang = "#!/usr/bin/env python3"
    if "windows" not in rctx.os.name:
        stub_shebang = _STUB_SHEBANG.format(executable = info["executable"], repository = rctx.name)
    rctx.file("BUILD.bazel", _BUILD.format(
        version = info["version"],
        executable = info["executable"],
        extra = repr(info["extra"]),
        fingerprint_rule = repo_label("//bazel/private:interpreter_fingerprint.bzl"),
        fingerprint_script = repo_label("//bazel/private:interpreter_fingerprint.py"),
        globs = repr([tree + "/**" for tree in info["trees"]]),
        stub_shebang = repr(stub_shebang),
        remote_exec = repo_label("//bazel:remote_exec_enabled"),
        trees = repr(info["trees"]),
    ))

python_interpreter_repo = repository_rule(
    implementation = _python_interpreter_repo_impl,
    doc = "A CPython found through uv, relocated: a copy of the binary beside links to its library.",
    attrs = {
        "version": attr.string(
            doc = "Minor version, such as 3.11.",
            mandatory = True,
        ),
    },
    environ = [
        "BELLJAR_PYTHON",
        "UV_PYTHON_INSTALL_DIR",
    ],
)
