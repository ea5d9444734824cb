"""py_unit_test(): a unit test under pytest, which may use memory, SQLite and in-process mocks."""

load("//bazel/private:py_pytest_test.bzl", "py_pytest_test")

def py_unit_test(name, srcs, **kwargs):
    """Declares a sandboxed `py_test` of the unit layer.

    Args:
      name: name of the target.
      srcs: test files that pytest collects (test_*.py, *_test.py) and conftest.py.
      **kwargs: as for `py_pytest_test`.
    """
    py_pytest_test(name = name, srcs = srcs, layer = "unit", **kwargs)
