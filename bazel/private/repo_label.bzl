"""repo_label(): names a target of this repository from inside a generated one."""

def repo_label(label):
    """Gives a label that means the same in any repository.

    Args:
      label: a label of this repository, such as "//bazel:defs.bzl".

    Returns:
      The label with this repository's name in front ("@" alone where it is the main one).
    """
    return "@%s%s" % (Label("//bazel:defs.bzl").workspace_name, label)
