"""py_pytest_test(): a pytest target of any layer, over a real `py_test`."""

load("@rules_python//python:defs.bzl", "py_test")
load("//bazel/private:declared_databases.bzl", "declared_databases")
load("//bazel/private:declared_services.bzl", "declared_services")
load("//bazel/private:declared_settings.bzl", "declared_settings")
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

def _databases(name, database):
    """Declares what the tests' databases start from; gives the target and the test's environment."""
    named = {"default": database} if type(database) == "string" else database
    if type(named) != "dict":
        fail("%s: database is %s; give the label of a template, or a dict of labels by name" % (name, repr(database)))
    templates = {}
    for key, label in named.items():
        if not key or "," in key or type(label) != "string":
            fail("%s: database = {%s: %s}: a name without commas and a label are expected" % (name, repr(key), repr(label)))
        templates[label] = templates[label] + "," + key if label in templates else key
    target = name + ".databases"
    declared_databases(
        name = target,
        tags = ["manual"],
        templates = templates,
        test = name,
        testonly = True,
        visibility = ["//visibility:private"],
    )
    return struct(env = {"BELLJAR_DATABASES": "$(rootpath :%s)" % target}, targets = [target])

def _services(name, layer, services):
    """Declares what the tests start; gives targets, libraries and the test's environment."""
    if layer == "unit":
        fail("%s: services = %s: a unit test starts none; use py_integration_test or py_e2e_test, or leave services out" % (name, services))
    if type(services) == "string":
        fail("%s: services = %s is no list; write [%s]" % (name, repr(services), repr(services)))
    target = name + ".services"
    declared_services(
        name = target,
        services = services,
        tags = ["manual"],
        test = name,
        testonly = True,
        visibility = ["//visibility:private"],
    )
    return struct(
        deps = [Label("//testing/belljar/services:plugin")],
        env = {"BELLJAR_SERVICES": "$(rootpath :%s)" % target},
        targets = [target],
    )

def _settings(name, settings):
    """Declares what the test's settings are read from; gives targets, libraries and the test's environment."""
    if type(settings) == "string":
        fail("%s: settings = %s is no list; write [%s]" % (name, repr(settings), repr(settings)))
    target = name + ".settings"
    declared_settings(
        name = target,
        settings = settings,
        tags = ["manual"],
        test = name,
        testonly = True,
        visibility = ["//visibility:private"],
    )
    return struct(
        deps = [Label("//testing/belljar/config:plugin")],
        env = {"BELLJAR_SETTINGS": "$(rootpath :%s)" % target},
        targets = [target],
    )

# Tests take variables of the user's from Bazel 5 on, which is known by this.
_CAN_INHERIT = hasattr(native, "subpackages")

def _outside(name, env, env_inherit):
    """Gives what tells the test where its variables come from, and what hands on those of the user."""
    if type(env_inherit) == "string":
        fail("%s: env_inherit = %s is no list; write [%s]" % (name, repr(env_inherit), repr(env_inherit)))
    told = {}
    if env:
        told["BELLJAR_TARGET_ENV"] = json.encode(env)
    for variable in env_inherit:
        if not variable or "," in variable or "=" in variable:
            fail("%s: env_inherit has %s; the name of a variable is expected" % (name, repr(variable)))
        if variable in env:
            fail("%s: %s is in env and in env_inherit; keep one of them" % (name, variable))
    if env_inherit:
        told["BELLJAR_ENV_INHERIT"] = ",".join(env_inherit)
    return struct(
        attributes = {"env_inherit": env_inherit} if env_inherit and _CAN_INHERIT else {},
        env = told,
    )

def py_pytest_test(
        name,
        srcs,
        layer,
        deps = [],
        data = [],
        database = None,
        services = [],
        settings = [],
        size = None,
        args = [],
        env = {},
        env_inherit = [],
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
      database: the template that the tests' databases start from (`postgres_template`,
        `sqlite_template`): a label, or a dict of several labels by name.
      services: what the fixture `services` starts, with all that it needs: targets of `test_service` and
        `test_task`. Not for the unit layer.
      settings: files that the fixture `test_settings` reads: profiles (*.toml, most often one filegroup) and .env
        files. A change of one of them, or of --//bazel:profile, runs the test again.
      size: as for `py_test`; the layer's own where it is left out.
      args: arguments for pytest.
      env: environment variables.
      env_inherit: names of variables that the tests take from outside: secrets, and nothing else if it can be
        helped. A change of one runs the test again. Bazel 4 hands on only those that --test_env names, too.
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

    databases = struct(env = {}, targets = [])
    if database:
        databases = _databases(name, database)
    graph = struct(deps = [], env = {}, targets = [])
    if services:
        graph = _services(name, layer, services)
    read = struct(deps = [], env = {}, targets = [])
    if settings:
        read = _settings(name, settings)
    declared = databases.targets + graph.targets + read.targets
    outside = _outside(name, env, env_inherit)

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
        data = data + declared + [Label("//bazel:pytest_config")],
        env = dict(dict(dict(dict(dict(_ENV, **databases.env), **graph.env), **read.env), **outside.env), **env),
        # Bazel would put an __init__.py into every folder, and so hide namespace packages.
        legacy_create_init = 0,
        main = main + ".py",
        size = size or LAYERS[layer].size,
        tags = tags + [layer] + LAYERS[layer].tags + _SEAL,
        deps = deps + databases.targets + graph.targets + graph.deps + read.deps + [Label("//testing/belljar/runner")],
        **dict(kwargs, **outside.attributes)
    )
