"""template_target(): the two targets of a database template, NAME and NAME.make."""

load("@rules_python//python:defs.bzl", "py_binary")
load("//bazel/private:database_template.bzl", "database_template")

def template_target(name, kind, migrations, seed, deps, library, plugin = None, kwargs = {}, **attributes):
    """Declares a `database_template` and the program that makes it.

    Args:
      name: name of the target.
      kind: "postgres" or "sqlite".
      migrations: a label or a list of labels.
      seed: a label or a list of labels.
      deps: Python libraries that env.py and the migrations import.
      library: the library of the program.
      plugin: the library with the fixtures for tests.
      kwargs: what both targets get: visibility, tags, testonly, ...
      **attributes: as for `database_template`.
    """
    if not migrations:
        fail("%s: migrations is empty; name an Alembic folder's filegroup, .sql files or an executable target" % name)
    if "srcs" in kwargs:
        fail("%s: there is no srcs; the files go into migrations" % name)
    common = dict(kwargs)
    tags = common.pop("tags", [])
    visibility = common.pop("visibility", None)
    seed = [seed] if type(seed) == "string" else seed
    code = [each for each in seed if each.endswith(".py")]
    main = Label("//testing/belljar/databases:make_template.py")
    py_binary(
        name = name + ".make",
        srcs = [main],
        legacy_create_init = 0,
        main = main,
        tags = tags + ["manual"],
        visibility = ["//visibility:private"],
        deps = deps + [library] + ([Label("//testing/belljar/databases:seeding_in_code")] if code else []),
        **common
    )
    attributes.update(common)
    database_template(
        name = name,
        kind = kind,
        migrations = [migrations] if type(migrations) == "string" else migrations,
        plugin = plugin,
        seed = seed,
        tags = tags,
        tool = name + ".make",
        visibility = visibility,
        **attributes
    )
