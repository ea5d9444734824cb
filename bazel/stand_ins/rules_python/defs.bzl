"""The Python rules built into Bazel, under the label that the real rules_python has."""

load("@bazel_tools//tools/python:toolchain.bzl", _py_runtime_pair = "py_runtime_pair")
load("//python/private:native_names.bzl", "native_py_info", "native_py_runtime_info")  # buildifier: disable=bzl-visibility

PyInfo = native_py_info
PyRuntimeInfo = native_py_runtime_info
py_binary = native.py_binary
py_library = native.py_library
py_runtime = native.py_runtime
py_runtime_pair = _py_runtime_pair
py_test = native.py_test
