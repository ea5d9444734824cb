"""pip_hub_repo(): the repository behind pip_parse: one alias package a wheel of a lock file."""

load("//bazel/private:python_of.bzl", "python_of")
load("//bazel/private:repo_label.bzl", "repo_label")
load("//bazel/private:wheels_repo.bzl", "WHEELS")

_REQUIREMENTS = '''"""Wheels of {lock}: requirement(), entry_point(), install_deps()."""

load("{rule}", "pip_wheel_repo")

_WHEELS = {wheels}

all_requirements = ["@{hub}//%s:pkg" % name for name in sorted(_WHEELS)]

def _normal(name):
    return name.replace("-", "_").replace(".", "_").lower()

def requirement(name):
    """Gives the label of a wheel's library.

    Args:
      name: name of the distribution, as in the lock file; any spelling.

    Returns:
      The label, for a target's `deps`.
    """
    normal = _normal(name.split("[")[0])
    if normal not in {known}:
        fail("requirement(\\"%s\\"): not in {lock}; add it to the .in file and lock again. There are: %s" % (
            name,
            ", ".join(sorted({known})),
        ))
    return "@{hub}//%s:pkg" % normal

def entry_point(pkg, script = None):
    """Gives the label of a wheel's console script, for `bazel run` or a target's `data`.

    Args:
      pkg: name of the distribution.
      script: name of the script; the distribution's own where it is left out.

    Returns:
      The label of an executable target.
    """
    return requirement(pkg).replace("@{hub}//", "@{hub}_").replace(":pkg", "//:%s.script" % (script or pkg))

def install_deps(**kwargs):
    """Declares a repository a wheel. Each is fetched when a target first needs it.

    Args:
      **kwargs: passed on to every repository, such as `extra_pip_args`.
    """
    for name, attributes in _WHEELS.items():
        options = dict(attributes)
        options.update(kwargs)
        pip_wheel_repo(name = "{hub}_" + name, hub = "{hub}", lock = "{lock_label}", **options)
'''

_PACKAGE = '''"""{requirement}"""

package(default_visibility = ["//visibility:public"])

alias(
    name = "{name}",
    actual = ":pkg",
)

alias(
    name = "pkg",
    actual = "{library}",
)

alias(
    name = "data",
    actual = "@{repo}//:data",
)

alias(
    name = "dist_info",
    actual = "@{repo}//:dist_info",
)
'''

_CYCLE = '''"""Wheels that need each other, and so come together: {names}."""

load("@rules_python//python:defs.bzl", "py_library")

py_library(
    name = "all",
    visibility = ["//visibility:public"],
    deps = {deps},
)
'''

_ELSEWHERE = '''"""{requirement}: not for this platform, so it is empty here."""

load("@rules_python//python:defs.bzl", "py_library")

package(default_visibility = ["//visibility:public"])

py_library(name = "pkg")

alias(
    name = "{name}",
    actual = ":pkg",
)
'''

_BROKEN = '''"""What every use of a wheel says while {shown} can't be read."""

_PROBLEM = """{problem}"""

all_requirements = []

def stop():
    """Ends the build with what is wrong."""
    fail(_PROBLEM)

def requirement(name):
    """Ends the build with what is wrong.

    Args:
      name: ignored.
    """
    fail(_PROBLEM)

def entry_point(pkg, script = None):
    """Ends the build with what is wrong.

    Args:
      pkg: ignored.
      script: ignored.
    """
    fail(_PROBLEM)

def install_deps(**_kwargs):
    """Declares nothing.

    Args:
      **_kwargs: ignored.
    """
'''

def _write_broken(rctx, lock, shown, problem):
    """Writes a hub whose use fails. A hub that failed itself would stop the target that locks again."""
    rctx.file("BUILD.bazel", "\"\"\"Wheels of %s, which can't be read.\"\"\"\n" % shown)
    rctx.file("requirements.bzl", _BROKEN.format(
        problem = problem.replace("\\", "\\\\").replace('"', '\\"'),
        shown = shown,
    ))
    names = {name: True for name in WHEELS}
    for line in rctx.read(lock).split("\n"):
        name = line.split("==")[0].split("[")[0].strip().replace("-", "_").replace(".", "_").lower()
        if "==" in line and name.replace("_", "").isalnum():
            names[name] = True
    for name in names:
        rctx.file(name + "/BUILD.bazel", "load(\"//:requirements.bzl\", \"stop\")\n\nstop()\n")

def _pip_hub_repo_impl(rctx):
    lock = rctx.path(rctx.attr.requirements_lock)
    python = python_of(rctx)
    parser = rctx.path(Label("//bazel/private:read_lock.py"))
    label = rctx.attr.requirements_lock
    shown = (label.package + "/" if label.package else "") + label.name
    result = rctx.execute([python.path, "-B", parser, lock, shown], environment = python.environment)
    if result.return_code != 0:
        _write_broken(rctx, lock, shown, result.stderr)
        return

    content = json.decode(result.stdout)
    cycles = {name: names for name, names in rctx.attr.requirement_cycles.items()}
    for number, names in enumerate(content["cycles"]):
        cycles["cycle_%d" % number] = names
    groups = {}
    for group, names in cycles.items():
        members = [name.replace("-", "_").replace(".", "_").lower() for name in names]
        for name in members:
            groups[name] = struct(members = members, name = group)
        rctx.file("%s/BUILD.bazel" % group, _CYCLE.format(
            deps = repr(["@%s_%s//:pkg" % (rctx.attr.name, name) for name in members]),
            names = ", ".join(names),
        ))

    wheels = {}
    known = {}
    for entry in content["entries"]:
        name = entry["name"]
        known[name] = True
        if not entry["here"]:
            rctx.file(name + "/BUILD.bazel", _ELSEWHERE.format(name = name, requirement = entry["requirement"]))
            continue
        repo = "%s_%s" % (rctx.attr.name, name)
        wheels[name] = {
            "cycle": groups[name].members if name in groups else [],
            "extra_pip_args": content["options"] + rctx.attr.extra_pip_args,
            "extras": entry["extras"],
            "hashes": entry["hashes"],
            "place": "%s:%d" % (shown, entry["line"]),
            "requirement": entry["requirement"],
        }
        rctx.file(name + "/BUILD.bazel", _PACKAGE.format(
            library = "//%s:all" % groups[name].name if name in groups else "@%s//:pkg" % repo,
            name = name,
            repo = repo,
            requirement = entry["requirement"],
        ))
    rctx.file("BUILD.bazel", "\"\"\"Wheels of %s.\"\"\"\n" % shown)
    rctx.file("requirements.bzl", _REQUIREMENTS.format(
        hub = rctx.attr.name,
        known = repr({name: True for name in known}),
        lock = shown,
        lock_label = str(label) if label.workspace_name else "@//%s:%s" % (label.package, label.name),
        rule = repo_label("//bazel/private:pip_wheel_repo.bzl"),
        wheels = repr(wheels),
    ))

pip_hub_repo = repository_rule(
    implementation = _pip_hub_repo_impl,
    doc = "The wheels of a lock file as targets: @NAME//WHEEL, and @NAME//:requirements.bzl.",
    attrs = {
        "extra_pip_args": attr.string_list(
            doc = "Options for `uv pip install`, such as --index-url or --find-links.",
        ),
        "requirement_cycles": attr.string_list_dict(
            doc = "Groups of wheels that need each other, by a name for the group. Those that the lock's " +
                  "own `# via` comments tell need not be named.",
        ),
        "requirements_lock": attr.label(
            doc = "The lock: a requirements file with versions and hashes, as uv or pip-tools writes it.",
            allow_single_file = True,
            mandatory = True,
        ),
    },
)
