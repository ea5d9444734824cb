"""pip_parse() for WORKSPACE, compile_pip_requirements() for BUILD files: rules_python's names."""

load("//bazel/private:compile_pip_requirements.bzl", _compile_pip_requirements = "compile_pip_requirements")
load("//bazel/private:pip_hub_repo.bzl", _pip_parse = "pip_hub_repo")

compile_pip_requirements = _compile_pip_requirements
pip_parse = _pip_parse
