"""Bazel's built-in Python providers, under names that another file can re-export."""

native_py_info = PyInfo
native_py_runtime_info = PyRuntimeInfo
