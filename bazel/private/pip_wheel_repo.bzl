"""pip_wheel_repo(): one wheel of a lock file as a repository."""

load("//bazel/private:python_of.bzl", "python_of")
load("//bazel/private:repo_label.bzl", "repo_label")
load("//bazel/private:uv_environment.bzl", "uv_environment")

_BUILD = '''"""{requirement}, as an installed tree."""

load("@rules_python//python:defs.bzl", "py_binary", "py_library")

package(default_visibility = ["//visibility:public"])

exports_files(["site-packages", "wheel.sha256"])

# The tree is one input, which Bazel does not look into; the hash beside it speaks for its content.
filegroup(
    name = "data",
    srcs = select({{
        "{remote_exec}": ["//remote:files"],
        "//conditions:default": ["site-packages"],
    }}) + ["wheel.sha256"],
)

alias(
    name = "dist_info",
    actual = "//remote:dist_info",
)

py_library(
    name = "pkg",
    data = [":data"],
    imports = select({{
        "{remote_exec}": ["remote/site-packages"],
        "//conditions:default": ["site-packages"],
    }}),
    deps = {deps},
)
'''

_SCRIPT = '''
py_binary(
    name = "{name}.script",
    srcs = ["scripts/{name}.py"],
    main = "scripts/{name}.py",
    deps = [":pkg"],
)

# rules_python's name for it.
alias(
    name = "rules_python_wheel_entry_point_{name}",
    actual = ":{name}.script",
)
'''

# In a package of its own: listing the files of every wheel, and looking after them in every build,
# takes time that only remote execution needs to spend.
_REMOTE = '''"""The files of the wheel, one label each."""

package(default_visibility = ["//visibility:public"])

filegroup(
    name = "files",
    srcs = glob(["site-packages/**"]),
)

filegroup(
    name = "dist_info",
    srcs = glob(["{dist_info}/**"]),
)
'''

def _explain(rctx, stderr):
    """Gives the one line that says what went wrong, before uv's own words."""
    what = "%s: %s" % (rctx.attr.place, rctx.attr.requirement)
    relock = "./bazelw run //:requirements.update"
    name = rctx.attr.requirement.split("==")[0]
    if "ash mismatch" in stderr:
        return "%s: the wheel's hash is none of the %d that the lock holds. If the lock is right, the index serves something else: do not use it. If the lock was edited by hand, lock again: %s -- --upgrade-package %s" % (what, len(rctx.attr.hashes), relock, name)
    if "no wheels" in stderr or "no compatible wheel" in stderr or "no usable wheels" in stderr or "source distribution" in stderr or "matching Python ABI tag" in stderr or "matching platform tag" in stderr:
        return "%s: no wheel for this platform (%s, %s) and interpreter; wheels only are installed. Choose a version that has one in requirements.in and lock again (%s), or give it a marker that leaves this platform out" % (what, rctx.os.name, getattr(rctx.os, "arch", "this architecture"), relock)
    return "%s: can't be installed" % what

def _pip_wheel_repo_impl(rctx):
    python = python_of(rctx)
    rctx.file("requirement.txt", "%s %s\n" % (
        rctx.attr.requirement,
        " ".join(["--hash=" + digest for digest in rctx.attr.hashes]),
    ))
    install = [
        python.uv,
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "--link-mode=copy",
        "--no-compile-bytecode",
        "--python=%s" % python.path,
        "--target=site-packages",
        "--requirement=requirement.txt",
    ] + rctx.attr.extra_pip_args
    result = rctx.execute(install, environment = uv_environment(rctx), timeout = 600)
    if result.return_code != 0:
        # What uv's cache holds needs no network; a mismatch stays one.
        offline = rctx.execute(install + ["--offline"], timeout = 600)
        if offline.return_code != 0:
            fail("\n\n%s\n\nuv says:\n%s" % (_explain(rctx, result.stderr), result.stderr.strip()))

    setup = rctx.path(Label("//bazel/private:wheel_setup.py"))
    arguments = [python.path, "-B", setup, "site-packages"] + rctx.attr.extras
    result = rctx.execute(arguments, environment = python.environment, timeout = 600)
    if result.return_code != 0:
        fail("\n%s: %s: can't be laid out:\n%s" % (rctx.attr.place, rctx.attr.requirement, result.stderr))
    info = json.decode(result.stdout)
    rctx.file("wheel.sha256", info["sha256"] + "\n")
    build = _BUILD.format(
        deps = repr([
            "@%s//%s:pkg" % (rctx.attr.hub, name)
            for name in info["deps"]
            if name not in rctx.attr.cycle
        ]),
        remote_exec = repo_label("//bazel:remote_exec_enabled"),
        requirement = rctx.attr.requirement,
    )
    for name, source in info["scripts"].items():
        rctx.file("scripts/%s.py" % name, source)
        build += _SCRIPT.format(name = name)
    rctx.file("BUILD.bazel", build)
    rctx.file("remote/BUILD.bazel", _REMOTE.format(dist_info = info["dist_info"]))
    rctx.symlink("site-packages", "remote/site-packages")

pip_wheel_repo = repository_rule(
    implementation = _pip_wheel_repo_impl,
    doc = "One wheel, installed by uv, checked by hash, compiled to reproducible bytecode.",
    attrs = {
        "cycle": attr.string_list(
            doc = "Wheels that need this one and that it needs; the hub puts them together.",
        ),
        "extra_pip_args": attr.string_list(
            doc = "Options for `uv pip install`.",
        ),
        "extras": attr.string_list(
            doc = "The wheel's extras that the lock asks for.",
        ),
        "hashes": attr.string_list(
            doc = "The SHA-256 digests that are accepted, as sha256:HEX.",
            mandatory = True,
        ),
        "hub": attr.string(
            doc = "Name of the hub, through which the wheel names those it depends on.",
            mandatory = True,
        ),
        "lock": attr.string(
            doc = "Label of the lock file.",
        ),
        "place": attr.string(
            doc = "Where the lock has the entry: FILE:LINE, for messages.",
            mandatory = True,
        ),
        "requirement": attr.string(
            doc = "NAME==VERSION.",
            mandatory = True,
        ),
    },
)
