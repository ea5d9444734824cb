"""bzl_library() as a plain group of files: what Bazel's own packages need of bazel_skylib."""

def bzl_library(name, srcs = [], deps = [], **kwargs):
    """Gives a filegroup of Starlark files.

    Args:
      name: name of the target.
      srcs: the files.
      deps: other libraries whose files are included.
      **kwargs: common attributes.
    """
    native.filegroup(name = name, srcs = srcs + deps, **kwargs)
