"""python_interpreter(): pins and registers the interpreter of every Python target, for WORKSPACE."""

load("//bazel/private:python_interpreter_repo.bzl", "python_interpreter_repo")

def python_interpreter(version, name = "belljar_python"):
    """Finds a CPython through uv (or has uv install it) and registers it as the Python toolchain.

    The interpreter and its standard library are inputs of every action that runs Python: by
    content, so that the same interpreter in another place hits the same cache, and a changed one
    runs the tests again.

    Args:
      version: minor version, such as "3.11".
      name: name of the repository. Belljar's own rules look for "belljar_python".
    """
    python_interpreter_repo(name = name, version = version)
    native.register_toolchains("@%s//:toolchain" % name)
