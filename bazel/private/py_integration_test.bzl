"""py_integration_test(): an integration test under pytest, which may use its own PostgreSQL and Valkey, and mock services."""

load("//bazel/private:py_pytest_test.bzl", "py_pytest_test")

def py_integration_test(name, srcs, **kwargs):
    """Declares a sandboxed `py_test` of the integration layer.

    Args:
      name: name of the target.
      srcs: test files that pytest collects (test_*.py, *_test.py) and conftest.py.
      **kwargs: as for `py_pytest_test`.
    """
    py_pytest_test(name = name, srcs = srcs, layer = "integration", **kwargs)
