"""label_text(): a label as people write it, the same on every Bazel."""

def label_text(label, name = None):
    """Gives "//pkg:name", or "@repo//pkg:name" for a label that is not the main workspace's.

    Args:
      label: a label.
      name: another target of its package, whose label is wanted instead.

    Returns:
      The text.
    """
    repository = "@" + label.workspace_name if label.workspace_name else ""
    return "%s//%s:%s" % (repository, label.package, name or label.name)
