"""python_of(): the interpreter and the build tools, as a repository rule runs them."""

def python_of(rctx):
    """Gives what a repository rule needs to run Python programs.

    Args:
      rctx: the repository context.

    Returns:
      A struct of `path` (the pinned interpreter), `uv` (the path of uv), `environment` (variables that
      make `import packaging` work and hash seeds constant).
    """
    marker = rctx.path(Label("@belljar_python//:python.json"))
    python = rctx.path("%s/%s" % (marker.dirname, json.decode(rctx.read(marker))["executable"]))
    tools = rctx.path(Label("@belljar_tools//:BUILD.bazel")).dirname.get_child("lib")
    uv = rctx.which("uv")
    for name in ["uv.exe", "uv"]:
        pinned = tools.get_child("bin").get_child(name)
        if pinned.exists:
            uv = pinned
    return struct(
        environment = {
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(tools),
        },
        path = python,
        uv = uv,
    )
