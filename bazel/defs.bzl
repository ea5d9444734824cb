"""What BUILD files load: the test macros, and the databases and services that tests start."""

load("//bazel/private:openapi_mock.bzl", _openapi_mock = "openapi_mock")
load("//bazel/private:postgres_template.bzl", _postgres_template = "postgres_template")
load("//bazel/private:py_e2e_test.bzl", _py_e2e_test = "py_e2e_test")
load("//bazel/private:py_integration_test.bzl", _py_integration_test = "py_integration_test")
load("//bazel/private:py_perf_test.bzl", _py_perf_test = "py_perf_test")
load("//bazel/private:py_pytest_test.bzl", _py_pytest_test = "py_pytest_test")
load("//bazel/private:py_unit_test.bzl", _py_unit_test = "py_unit_test")
load("//bazel/private:sqlite_template.bzl", _sqlite_template = "sqlite_template")
load("//bazel/private:test_service.bzl", _test_service = "test_service")
load("//bazel/private:test_task.bzl", _test_task = "test_task")

openapi_mock = _openapi_mock
postgres_template = _postgres_template
py_e2e_test = _py_e2e_test
py_integration_test = _py_integration_test
py_perf_test = _py_perf_test
py_pytest_test = _py_pytest_test
py_unit_test = _py_unit_test
sqlite_template = _sqlite_template
test_service = _test_service
test_task = _test_task
