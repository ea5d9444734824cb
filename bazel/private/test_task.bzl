"""test_task(): a program that a test's graph runs once, such as a migration or a loader of data."""

load("//bazel/private:service_node.bzl", "service_node")

def test_task(
        name,
        binary,
        args = [],
        env = {},
        deps = [],
        databases = [],
        after = [],
        files = {},
        secrets = [],
        timeout = 60,
        data = [],
        **kwargs):
    """Declares a program that runs to its end, with exit code 0, before those that need it start.

    Args:
      name: name of the target, and of the task in placeholders, logs and reports.
      binary: any executable target.
      args: arguments, with placeholders; see `test_service`.
      env: environment variables, with placeholders; it has few others.
      deps: services and tasks that run before it and whose addresses it is told.
      databases: databases that it is told the URLs of; see `test_service`.
      after: services and tasks that run before it, no more.
      files: templates with placeholders, each with the name that it gets in the task's folder.
      secrets: names of random values.
      timeout: seconds in which it has to be done.
      data: files that the program finds in its runfiles.
      **kwargs: what every rule takes: visibility, tags, ...
    """
    kwargs.setdefault("testonly", True)
    service_node(
        name = name,
        after = after,
        arguments = args,
        binary = binary,
        data = data,
        databases = databases,
        # Not for others, who need not have the wheels.
        databases_libraries = [Label("//testing/belljar/services:databases")] if databases else [],
        deps = deps,
        environment = env,
        files = files,
        kind = "task",
        secrets = secrets,
        timeout = timeout,
        **kwargs
    )
