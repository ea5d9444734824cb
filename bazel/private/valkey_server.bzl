"""valkey_server(): a Valkey that a test and its services share."""

load("//bazel/private:providers.bzl", "DatabaseServerInfo")

def _valkey_server_impl(ctx):
    return [DatabaseServerInfo(kind = "valkey", plugin = ctx.attr.plugin)]

valkey_server = rule(
    implementation = _valkey_server_impl,
    doc = "An empty Valkey for `databases`, which placeholders know as valkey.",
    attrs = {
        "plugin": attr.label(
            doc = "The library with its fixtures.",
            mandatory = True,
        ),
    },
)
