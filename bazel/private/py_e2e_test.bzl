"""py_e2e_test(): an e2e test under pytest, which may use the whole service graph, as processes."""

load("//bazel/private:py_pytest_test.bzl", "py_pytest_test")

def py_e2e_test(name, srcs, **kwargs):
    """Declares a sandboxed `py_test` of the e2e layer.

    Args:
      name: name of the target.
      srcs: test files that pytest collects (test_*.py, *_test.py) and conftest.py.
      **kwargs: as for `py_pytest_test`.
    """
    py_pytest_test(name = name, srcs = srcs, layer = "e2e", **kwargs)
