"""pytest_main: the generated main file of a pytest target."""

_MAIN = '''"""Runs pytest for {label}."""

import sys

# An entry a wheel, into all of which each import would look: the runner makes one of them.
PATH = sys.path[:]
WHEELS = {{entry for entry in PATH if entry.endswith("site-packages")}}
WHEELS |= {{entry.rpartition("/")[0] for entry in WHEELS}}
sys.path[:] = [entry for entry in PATH if entry not in WHEELS]

from belljar.runner import Target, main

if __name__ == "__main__":
    sys.exit(
        main(
            Target(
                label={label_literal},
                layer={layer},
                config={config},
                sources={sources},
            ),
            PATH,
        )
    )
'''

# Python files that pytest takes besides tests.
_ALSO = ["conftest.py", "__init__.py"]

def _is_test(name):
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))

def _pytest_main_impl(ctx):
    label = "//%s:%s" % (ctx.label.package, ctx.attr.test)
    sources = []
    for file in ctx.files.srcs:
        if _is_test(file.basename):
            sources.append(file.short_path)
        elif file.basename not in _ALSO:
            fail("%s: src \"%s\" is not collected by pytest, which takes test_*.py, *_test.py and conftest.py. Rename it, or put it into a py_library and add that to deps." % (label, file.short_path))
    if not sources:
        fail("%s: srcs has no test file; add one named test_*.py or *_test.py (found: %s)" % (
            label,
            ", ".join([file.short_path for file in ctx.files.srcs]) or "nothing",
        ))
    out = ctx.actions.declare_file(ctx.label.name + ".py")
    ctx.actions.write(out, _MAIN.format(
        config = repr(ctx.file._config.short_path),
        label = label,
        label_literal = repr(label),
        layer = repr(ctx.attr.layer),
        sources = repr(sources),
    ))
    return [DefaultInfo(files = depset([out]))]

pytest_main = rule(
    implementation = _pytest_main_impl,
    doc = "Writes NAME.py, the main of a pytest target, after a look at its sources.",
    attrs = {
        "layer": attr.string(
            doc = "Layer of the target.",
            mandatory = True,
        ),
        "srcs": attr.label_list(
            doc = "The target's sources.",
            allow_files = [".py"],
            mandatory = True,
        ),
        "test": attr.string(
            doc = "Name of the test target.",
            mandatory = True,
        ),
        "_config": attr.label(
            doc = "pytest's ini file.",
            allow_single_file = True,
            default = Label("//bazel:pytest_config"),
        ),
    },
)
