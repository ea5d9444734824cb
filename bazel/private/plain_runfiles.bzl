"""plain_runfiles(): a program's files, as part of a test's."""

def plain_runfiles(ctx, target):
    """Gives the runfiles of a target without those that Bazel makes up.

    A `py_binary` says of all runfiles that it becomes a part of that each folder gets an __init__.py,
    which would hide the test's own namespace packages.

    Args:
      ctx: the rule's context.
      target: a target.

    Returns:
      The runfiles.
    """
    runfiles = target[DefaultInfo].default_runfiles
    return ctx.runfiles(
        root_symlinks = {entry.path: entry.target_file for entry in runfiles.root_symlinks.to_list()},
        symlinks = {entry.path: entry.target_file for entry in runfiles.symlinks.to_list()},
        transitive_files = depset(transitive = [runfiles.files, target[DefaultInfo].files]),
    )
