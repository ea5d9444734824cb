"""compile_pip_requirements(): a target that locks requirements, a test that the lock is current."""

load("@rules_python//python:defs.bzl", "py_binary", "py_test")

def compile_pip_requirements(name, requirements_in = None, requirements_txt = None, tags = [], **kwargs):
    """Declares `NAME.update`, which locks with uv, and `NAME_test`, which fails on a stale lock.

    `bazel run :NAME.update` re-locks and keeps what it can; `-- --upgrade` takes the newest of
    everything, `-- --upgrade-package NAME` of one.

    Args:
      name: name of the target.
      requirements_in: what is wanted, by hand; `NAME.in` where it is left out.
      requirements_txt: the lock; `NAME_lock.txt` where it is left out.
      tags: tags of the test, besides its layer.
      **kwargs: common attributes of both targets.
    """
    requirements_in = requirements_in or name + ".in"
    requirements_txt = requirements_txt or name + "_lock.txt"
    main = Label("//bazel/private:requirements.py")
    files = ["$(rootpath %s)" % requirements_in, "$(rootpath %s)" % requirements_txt]
    py_binary(
        name = name + ".update",
        srcs = [main],
        args = ["update"] + files + ["$(rootpath @belljar_tools//:tools)"],
        data = [requirements_in, requirements_txt, "@belljar_tools//:tools"],
        legacy_create_init = 0,
        main = main,
        deps = [Label("//bazel/private:belljar_uv")],
        **kwargs
    )
    py_test(
        name = name + "_test",
        size = "small",
        srcs = [main],
        args = ["check"] + files,
        data = [requirements_in, requirements_txt],
        legacy_create_init = 0,
        main = main,
        tags = tags + ["unit", "block-network"],
        deps = [Label("//bazel/private:belljar_uv")],
        **kwargs
    )
