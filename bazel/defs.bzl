"""What BUILD files load: the test macros."""

load("//bazel/private:py_e2e_test.bzl", _py_e2e_test = "py_e2e_test")
load("//bazel/private:py_integration_test.bzl", _py_integration_test = "py_integration_test")
load("//bazel/private:py_perf_test.bzl", _py_perf_test = "py_perf_test")
load("//bazel/private:py_pytest_test.bzl", _py_pytest_test = "py_pytest_test")
load("//bazel/private:py_unit_test.bzl", _py_unit_test = "py_unit_test")

py_e2e_test = _py_e2e_test
py_integration_test = _py_integration_test
py_perf_test = _py_perf_test
py_pytest_test = _py_pytest_test
py_unit_test = _py_unit_test
