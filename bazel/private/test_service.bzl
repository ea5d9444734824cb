"""test_service(): a server or worker as a dependency of tests, with a test and a run target of its own."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//bazel/private:declared_services.bzl", "declared_services")
load("//bazel/private:py_integration_test.bzl", "py_integration_test")
load("//bazel/private:service_node.bzl", "service_node")
load("//bazel/private:up_main.bzl", "up_main")

def test_service(
        name,
        binary,
        args = [],
        env = {},
        ports = {"main": "http"},
        ready = None,
        deps = [],
        databases = [],
        after = [],
        callbacks = [],
        exports = {},
        secrets = [],
        files = {},
        instances = 1,
        ready_timeout = 30,
        stop_signal = "SIGTERM",
        stop_grace = 10,
        exit_codes = [0],
        hygiene = True,
        up_with = [],
        data = [],
        **kwargs):
    """Declares a process for the `services` of tests and the `deps` of other services.

    It also makes NAME.hygiene_test (an integration test: it is ready in time, stops as it should,
    starts a second time and leaves nothing) and NAME.up, which starts it and all it needs for a person:
    `bazel run //pkg:NAME.up`, or `//pkg:up` for the service that has its package's name.

    What it is told comes from the graph. `{verb}`, `{verb:NAME}` and `{verb:NAME.PART}` in `args`, `env`,
    `exports`, `files` and a ready command stand for

      {url} {address} {port} {host}   of its own port, `{url:.admin}` of the one called admin
      {fd}                            its port as an inherited socket, bound and not yet listening
      {url:payments} {url:payments.admin} {urls:payments}    of a dep, its port, all its instances
      {url:orders_db}                 of a database
      {export:NAME.KEY} {secret:KEY} {secret:NAME.KEY}       what a dep exports; a secret
      {file:FILENAME} {folder} {instance} {name}             of its own

    and `{{`, `}}` for braces. A mistake in one is an error of the build.

    Args:
      name: name of the target, and of the service in placeholders, fixtures and logs.
      binary: any executable target.
      args: arguments, with placeholders.
      env: environment variables, with placeholders; it has few others.
      ports: scheme of the URLs ("http", "grpc", ..., or "unix" for a Unix socket) by the port's name; {} for a
        worker. A port is delivered by {port}, {address} or {url}, by {fd}, or reported by ready's log.
      ready: None (every port accepts connections), or a dict with one of "http": a path that answers 2xx
        (also "status", "port"), "tcp": a port's name, "log": a regular expression of a line, whose
        named groups report ports (or `port` the only one), "command": a command line that exits with 0.
      deps: services and tasks that run before it and whose addresses it is told.
      databases: targets of `postgres_template` and `sqlite_template`, and
        `@belljar//testing/belljar/databases:valkey_server` (called valkey); one each for a test and all its services.
      after: services and tasks that run before it, no more.
      callbacks: those of its deps (or of theirs) that may call it back, as a mock does that posts webhooks to an
        address which it is told while it runs. It has no influence on the order of starts.
      exports: values, with placeholders, that dependents ask for by name.
      secrets: names of random values, the same for all in a graph that ask for one of the name.
      files: templates with placeholders, each with the name that it gets in the service's folder.
      instances: how many of it run.
      ready_timeout: seconds in which it has to be ready.
      stop_signal: the signal that asks it to stop.
      stop_grace: seconds in which it has to have stopped.
      exit_codes: exit codes that it may stop with.
      hygiene: whether NAME.hygiene_test is made.
      up_with: services that NAME.up starts besides.
      data: files that the program finds in its runfiles.
      **kwargs: what every rule takes: visibility, tags, ...
    """
    kwargs.setdefault("testonly", True)
    common = {key: value for key, value in kwargs.items() if key not in ["tags", "visibility"]}
    tags = kwargs.get("tags", [])
    service_node(
        name = name,
        after = after,
        arguments = args,
        binary = binary,
        callbacks = callbacks,
        data = data,
        databases = databases,
        # Not for others, who need not have the wheels.
        databases_libraries = [Label("//testing/belljar/services:databases")] if databases else [],
        deps = deps,
        environment = env,
        exit_codes = exit_codes,
        exports = exports,
        files = files,
        instances = instances,
        kind = "service",
        ports = ports,
        ready = json.encode(ready),
        ready_timeout = ready_timeout,
        secrets = secrets,
        stop_grace = stop_grace,
        stop_signal = stop_signal,
        **kwargs
    )
    if hygiene:
        py_integration_test(
            name = name + ".hygiene_test",
            srcs = [Label("//testing/belljar/services:hygiene_test.py")],
            services = [name],
            tags = tags,
            visibility = ["//visibility:private"],
            deps = [Label("//testing/belljar/services:hygiene")],
            **{key: value for key, value in common.items() if key != "testonly"}
        )
    _up(name, up_with, tags, kwargs.get("visibility"), common)

def _up(name, up_with, tags, visibility, common):
    """Declares NAME.up and what it consists of."""
    up = name + ".up"
    common = dict(
        common,
        # Nothing of it is wanted by a build of everything.
        tags = tags if "manual" in tags else tags + ["manual"],
        visibility = ["//visibility:private"],
    )
    declared_services(
        name = up + ".services",
        services = [name] + up_with,
        test = up,
        # Other programs may start the same.
        **dict(common, visibility = visibility)
    )
    up_main(
        name = up + ".main",
        graph = up + ".services",
        **common
    )
    py_binary(
        name = up,
        srcs = [up + ".main"],
        data = [up + ".services"],
        legacy_create_init = 0,
        main = up + ".main.py",
        deps = [
            up + ".services",
            Label("//testing/belljar/services:up"),
        ],
        **common
    )
    if native.package_name().split("/")[-1] == name:
        native.alias(
            name = "up",
            actual = up,
            **common
        )
