"""py_perf_test(): a perf test under pytest, which has the machine to itself."""

load("//bazel/private:py_pytest_test.bzl", "py_pytest_test")

def py_perf_test(name, srcs, **kwargs):
    """Declares a sandboxed, exclusive `py_test` of the perf layer.

    `test //...` through the wrapper leaves it out; naming it, or asking for the tag, brings it in.

    Args:
      name: name of the target.
      srcs: test files that pytest collects (test_*.py, *_test.py) and conftest.py.
      **kwargs: as for `py_pytest_test`.
    """
    py_pytest_test(name = name, srcs = srcs, layer = "perf", **kwargs)
