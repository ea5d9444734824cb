"""stand_in_repo(): a repository that stands in for a rule set which a Python workspace never uses.

Bazel asks for these by name as soon as a test is analysed, and would fetch them from a source
forge. A workspace that has the real ones declares them first and never sees these.
"""

# Rule set -> {path in the repository: file in //bazel/stand_ins}.
STAND_INS = {
    "bazel_skylib": {
        "BUILD.bazel": "empty.BUILD",
        "bzl_library.bzl": "bazel_skylib/bzl_library.bzl",
    },
    "remote_coverage_tools": {
        "BUILD.bazel": "remote_coverage_tools/remote_coverage_tools.BUILD",
        "lcov_merger.py": "remote_coverage_tools/lcov_merger.py",
    },
    "rules_cc": {
        "BUILD.bazel": "empty.BUILD",
        "cc/BUILD.bazel": "empty.BUILD",
        "cc/defs.bzl": "rules_cc/defs.bzl",
    },
    "rules_java": {
        "BUILD.bazel": "empty.BUILD",
        "java/BUILD.bazel": "empty.BUILD",
        "java/defs.bzl": "rules_java/defs.bzl",
        "toolchains/BUILD.bazel": "empty.BUILD",
    },
    "rules_license": {
        "BUILD.bazel": "empty.BUILD",
        "rules/BUILD.bazel": "empty.BUILD",
        "rules/license.bzl": "rules_license/license.bzl",
    },
    "rules_python": {
        "BUILD.bazel": "empty.BUILD",
        "python/BUILD.bazel": "empty.BUILD",
        "python/defs.bzl": "rules_python/defs.bzl",
        "python/private/BUILD.bazel": "empty.BUILD",
        "python/private/native_names.bzl": "rules_python/native_names.bzl",
    },
}

def _stand_in_repo_impl(rctx):
    rctx.file("WORKSPACE", "workspace(name = \"%s\")\n" % rctx.name)
    for path, source in STAND_INS[rctx.attr.rule_set].items():
        rctx.symlink(Label("//bazel/stand_ins:" + source), path)

stand_in_repo = repository_rule(
    implementation = _stand_in_repo_impl,
    doc = "A repository with just what Bazel's own BUILD files load from a rule set.",
    attrs = {
        "rule_set": attr.string(
            doc = "The rule set that is stood in for: a key of STAND_INS.",
            mandatory = True,
            values = sorted(STAND_INS.keys()),
        ),
    },
)
