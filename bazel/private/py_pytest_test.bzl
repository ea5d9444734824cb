"""py_pytest_test(): a pytest target of any layer, over a real `py_test`."""

load("@rules_python//python:defs.bzl", "py_test")
load("//bazel/private:layers.bzl", "LAYERS")
load("//bazel/private:pytest_main.bzl", "pytest_main")

# The seal is the target's own, so that a workspace without our .bazelrc has it too.
_SEAL = ["block-network"]

# Read before the first line of the test's own code, hence not set by the runner.
_ENV = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
}

def py_pytest_test(
        name,
        srcs,
        layer,
        deps = [],
        data = [],
        size = None,
        args = [],
        env = {},
        tags = [],
        **kwargs):
    """Declares a `py_test` whose main is pytest, sealed as its layer says.

    The four layers have macros of their own; this one is for teams that wrap them.

    Args:
      name: name of the target.
      srcs: test files that pytest collects (test_*.py, *_test.py) and conftest.py. Other Python files
        are an error: put them into a `py_library` and add it to `deps`.
      layer: "unit", "integration", "e2e" or "perf". It sets tag, default size and policy.
      deps: Python libraries and wheels; any target that provides Python sources.
      data: files that the tests read.
      size: as for `py_test`; the layer's own where it is left out.
      args: arguments for pytest.
      env: environment variables.
      tags: more tags. The layer's own are added, and may not be written by hand.
      **kwargs: anything else that `py_test` takes: shard_count, flaky, timeout, visibility, ...
    """
    if layer not in LAYERS:
        fail("%s: layer = \"%s\" is not a layer; choose one of %s" % (name, layer, ", ".join(sorted(LAYERS))))
    for tag in tags:
        if tag in LAYERS:
            fail("%s: tag \"%s\" comes from the macro; use py_%s_test and drop it from tags" % (name, tag, tag))
    if not srcs:
        fail("%s: srcs is empty; name at least one test file (test_*.py or *_test.py)" % name)
    for reserved in ["main", "legacy_create_init"]:
        if reserved in kwargs:
            fail("%s: %s is set by the macro; leave it out" % (name, reserved))

    main = name + ".main"
    pytest_main(
        name = main,
        srcs = srcs,
        layer = layer,
        tags = ["manual"],
        testonly = True,
        test = name,
        visibility = ["//visibility:private"],
    )
    py_test(
        name = name,
        srcs = srcs + [main],
        args = args,
        data = data + [Label("//bazel:pytest_config")],
        env = dict(_ENV, **env),
        # Bazel would put an __init__.py into every folder, and so hide namespace packages.
        legacy_create_init = 0,
        main = main + ".py",
        size = size or LAYERS[layer].size,
        tags = tags + [layer] + LAYERS[layer].tags + _SEAL,
        deps = deps + [Label("//testing/belljar/runner")],
        **kwargs
    )
