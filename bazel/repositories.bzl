"""belljar_repositories(): the repositories that Belljar itself needs, for WORKSPACE."""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")
load("//bazel/private:stand_in_repo.bzl", "STAND_INS", "stand_in_repo")
load("//bazel/private:tools_repo.bzl", "tools_repo")
load("//bazel/private:wheels_repo.bzl", "wheels_repo")

def belljar_repositories(pip = "pip"):
    """Declares stand-ins for missing rule sets, the build tools, and where Belljar's wheels are.

    Call it after a workspace's own rule sets: whatever is declared already is kept.

    Args:
      pip: name of the hub (ours, from `pip_parse`, or rules_python's) that holds the wheels which
        Belljar's libraries import. So a workspace has one version of pytest, its own.
    """
    for name in STAND_INS:
        maybe(stand_in_repo, name = name, rule_set = name)
    maybe(tools_repo, name = "belljar_tools")
    maybe(wheels_repo, name = "belljar_wheels", hub = pip)
