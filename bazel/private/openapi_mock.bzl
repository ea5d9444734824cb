"""openapi_mock(): any HTTP service from its OpenAPI document, as a dependency of tests."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//bazel/private:label_text.bzl", "label_text")
load("//bazel/private:test_service.bzl", "test_service")

_EXTENSIONS = ["json", "yaml", "yml"]

_MAIN = '''"""A mock of {label}."""

import sys

from belljar.mocks.openapi.main import main

if __name__ == "__main__":
    sys.exit(main([{bundle}, "--name", {name}, *sys.argv[1:]]))
'''

def _openapi_document_impl(ctx):
    spec = ctx.file.spec
    label = label_text(ctx.label, ctx.attr.mock)
    if spec.extension not in _EXTENSIONS:
        fail("%s: spec = \"%s\" is no OpenAPI document; name a file that ends in %s" % (
            label,
            label_text(ctx.attr.spec.label),
            ", ".join(["." + extension for extension in _EXTENSIONS]),
        ))
    bundle = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.run(
        executable = ctx.executable._check,
        arguments = [label, spec.path, bundle.path],
        inputs = [spec] + ctx.files.data,
        outputs = [bundle],
        execution_requirements = {"block-network": "1"},
        mnemonic = "OpenApiDocument",
        progress_message = "Checking the OpenAPI document of %s" % label,
        # The tool is started by way of PATH; strict, it is the same everywhere.
        use_default_shell_env = True,
    )
    main = ctx.actions.declare_file(ctx.label.name + ".main.py")
    ctx.actions.write(main, _MAIN.format(
        bundle = repr(bundle.short_path),
        label = label_text(ctx.attr.spec.label),
        name = repr(ctx.attr.mock),
    ))
    return [
        DefaultInfo(files = depset([bundle]), runfiles = ctx.runfiles(files = [bundle])),
        OutputGroupInfo(main = depset([main])),
    ]

openapi_document = rule(
    implementation = _openapi_document_impl,
    doc = "Checks an OpenAPI document and puts its files into one, NAME.json; an error of it fails the build.",
    attrs = {
        "data": attr.label_list(
            doc = "Files that the document refers to.",
            allow_files = True,
        ),
        "mock": attr.string(
            doc = "Name of the service.",
            mandatory = True,
        ),
        "spec": attr.label(
            doc = "The document.",
            allow_single_file = True,
            mandatory = True,
        ),
        "_check": attr.label(
            doc = "The program that checks.",
            cfg = "exec",
            default = Label("//testing/belljar/mocks/openapi:check"),
            executable = True,
        ),
    },
)

def openapi_mock(name, spec, data = [], **kwargs):
    """Declares a service that answers by an OpenAPI document, for `services` of tests and `deps` of services.

    The document is checked in a build action: one with errors fails the build with file, line, place
    and fix. It also makes NAME.document, the checked document, and what every `test_service` makes:
    NAME.hygiene_test and NAME.up.

    Args:
      name: name of the target, and of the service in placeholders, fixtures and fault plans.
      spec: the document: OpenAPI 3.0 or 3.1, YAML or JSON.
      data: files that it refers to with `$ref`.
      **kwargs: as for `test_service`: instances, hygiene, up_with, visibility, tags, ...
    """
    for reserved in ["args", "binary", "env", "ports", "ready"]:
        if reserved in kwargs:
            fail("%s: %s is set by openapi_mock(); leave it out, or use test_service()" % (name, reserved))
    kwargs.setdefault("testonly", True)
    tags = kwargs.get("tags", [])
    common = {key: kwargs[key] for key in ["compatible_with", "target_compatible_with", "testonly"] if key in kwargs}
    openapi_document(
        name = name + ".document",
        data = data,
        mock = name,
        spec = spec,
        tags = tags,
        visibility = ["//visibility:private"],
        **common
    )
    native.filegroup(
        name = name + ".main",
        srcs = [name + ".document"],
        output_group = "main",
        tags = tags + ["manual"],
        visibility = ["//visibility:private"],
        **common
    )
    py_binary(
        name = name + ".server",
        srcs = [name + ".main"],
        data = [name + ".document"],
        legacy_create_init = 0,
        main = name + ".document.main.py",
        tags = tags + ["manual"],
        visibility = ["//visibility:private"],
        deps = [Label("//testing/belljar/mocks/openapi")],
        **common
    )
    test_service(
        name = name,
        args = ["--fd", "{fd}"],
        binary = name + ".server",
        ready = {"http": "/_belljar/ready"},
        **kwargs
    )
