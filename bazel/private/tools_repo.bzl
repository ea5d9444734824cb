"""tools_repo(): uv, and the packaging library, that repository rules and run targets use."""

load("//bazel/private:uv_environment.bzl", "uv_environment")

_HELP = """
belljar: can't set up its build tools (uv and packaging, pinned in {lock}).

{seen}
Either of these mends it:
  - a python3 with pip on PATH (Debian and Ubuntu: apt-get install python3-pip), and an index that
    pip can reach;
  - uv on PATH (any way that uv's own documentation names), and an index that uv can reach;
  - without a network: BELLJAR_TOOLS=FOLDER, where FOLDER was made on another machine of this kind by
    pip install --no-deps --require-hashes --target FOLDER -r {lock}
"""

def _tools_repo_impl(rctx):
    lock = rctx.path(Label("//bazel/private:tools_lock.txt"))
    given = rctx.os.environ.get("BELLJAR_TOOLS", "")
    rctx.file("BUILD.bazel", _BUILD)
    if given:
        rctx.symlink(given, "lib")
        if not rctx.path("lib/packaging").exists:
            fail("belljar: BELLJAR_TOOLS=%s has no 'packaging' folder; make it with: " % given +
                 "pip install --no-deps --require-hashes --target %s -r %s" % (given, lock))
        return

    environment = dict({"PIP_USER": "0"}, **uv_environment(rctx))
    seen = []
    options = [
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "--target=lib",
        "--requirement=%s" % lock,
    ]
    for program, arguments in [
        ("python3", ["-m", "pip", "--disable-pip-version-check", "--no-input"]),
        ("python", ["-m", "pip", "--disable-pip-version-check", "--no-input"]),
        ("uv", ["pip", "--no-progress"]),
    ]:
        path = rctx.which(program)
        if not path:
            seen.append("%s: not on PATH" % program)
            continue
        result = rctx.execute([path] + arguments + options, environment = environment)
        if result.return_code == 0:
            return
        seen.append("%s:\n%s" % (program, result.stderr.strip()))
    fail(_HELP.format(lock = "bazel/private/tools_lock.txt", seen = "\n".join(seen) + "\n"))

_BUILD = '''"""Build tools of Belljar."""

filegroup(
    name = "tools",
    srcs = ["lib"],
    visibility = ["//visibility:public"],
)
'''

tools_repo = repository_rule(
    implementation = _tools_repo_impl,
    doc = "A repository with uv (lib/bin/uv) and packaging (lib/packaging), pinned by hash.",
    environ = ["BELLJAR_TOOLS"],
)
