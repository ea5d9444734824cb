"""database_template: a database that a build action migrates and seeds, behind postgres_template() and sqlite_template()."""

load("//bazel/private:providers.bzl", "DatabaseTemplateInfo")

# What each kind consists of, in the order in which the tool takes them, and how the names end.
_OUTPUTS = {
    "postgres": {"archive": ".tar", "dump": ".sql", "tables": ".tables.json"},
    "sqlite": {"file": ".sqlite3", "dump": ".sql", "tables": ".tables.json"},
}

# A lone file of these is to be read, not to be run.
_TEXT = ["csv", "ini", "json", "mako", "md", "py", "sql"]

# What the rows of a scenario are in; `py` alone.
_SCENARIO = ["csv", "json", "md"]

def _executable(target):
    """Gives the executable of a target that is a program, else None."""
    to_run = target[DefaultInfo].files_to_run
    if to_run and to_run.executable and to_run.executable.extension not in _TEXT:
        return to_run
    return None

def _step(ctx, name, kinds):
    """Gives what an attribute's targets are: kind, files, and the program if it is one."""
    targets = getattr(ctx.attr, name)
    files = getattr(ctx.files, name)
    programs = [program for program in [_executable(target) for target in targets] if program]
    if not targets:
        return None
    if programs and len(targets) == 1:
        return struct(kind = "program", files = [programs[0].executable], tools = programs)
    if not programs and files and not [file for file in files if file.extension != "sql"]:
        return struct(kind = "sql", files = files, tools = [])
    if not programs and "scenario" in kinds:
        rows = [file for file in files if file.extension != "md"]
        if rows and not [file for file in files if file.extension not in _SCENARIO]:
            return struct(kind = "scenario", files = rows, tools = [])
        if len(files) == 1 and files[0].extension == "py":
            return struct(kind = "scenario", files = files, tools = [])
    if not programs and "alembic" in kinds and len([file for file in files if file.basename == "env.py"]) == 1:
        return struct(kind = "alembic", files = files, tools = [])
    fail("%s: %s = [%s] is neither %s. Found: %s" % (
        ctx.label,
        name,
        ", ".join([str(target.label) for target in targets]),
        " nor ".join([kinds[kind] for kind in kinds]),
        ", ".join([file.short_path for file in files]) or "no file",
    ))

def _database_template_impl(ctx):
    kinds = {
        "program": "one executable target",
        "scenario": "a scenario (.csv and .json files, or one .py)",
        "sql": ".sql files",
    }
    seed = _step(ctx, "seed", kinds)
    kinds.pop("scenario")
    kinds["alembic"] = "an Alembic folder's files with one env.py"
    migrations = _step(ctx, "migrations", kinds)

    outputs = {
        what: ctx.actions.declare_file(ctx.label.name + suffix)
        for what, suffix in _OUTPUTS[ctx.attr.kind].items()
    }
    recipe = ctx.actions.declare_file(ctx.label.name + ".recipe.json")
    ctx.actions.write(recipe, json.encode({
        "extensions": ctx.attr.extensions,
        "kind": ctx.attr.kind,
        "migrations": {"files": [file.path for file in migrations.files], "kind": migrations.kind},
        "seed": {"files": [file.path for file in seed.files], "kind": seed.kind} if seed else None,
        "settings": ctx.attr.settings,
    }))
    steps = [migrations] + ([seed] if seed else [])
    ctx.actions.run(
        executable = ctx.executable.tool,
        arguments = [recipe.path] + [file.path for file in outputs.values()],
        inputs = [recipe] + [file for step in steps if not step.tools for file in step.files],
        outputs = outputs.values(),
        tools = [tool for step in steps for tool in step.tools],
        execution_requirements = {"block-network": "1"},
        mnemonic = "DatabaseTemplate",
        progress_message = "Migrating and seeding %s" % ctx.label,
        # The tool is started by way of PATH; strict, it is the same everywhere.
        use_default_shell_env = True,
    )
    return [
        DatabaseTemplateInfo(
            files = outputs,
            kind = ctx.attr.kind,
            plugin = ctx.attr.plugin,
        ),
        DefaultInfo(
            files = depset(outputs.values()),
            runfiles = ctx.runfiles(files = outputs.values()),
        ),
    ]

database_template = rule(
    implementation = _database_template_impl,
    doc = "Makes a database, migrates and seeds it in a build action, and packs what came out.",
    attrs = {
        "extensions": attr.string_list(
            doc = "PostgreSQL extensions, made before the migrations run.",
        ),
        "kind": attr.string(
            doc = "What runs the database.",
            mandatory = True,
            values = _OUTPUTS.keys(),
        ),
        "migrations": attr.label_list(
            doc = "An Alembic folder's files, .sql files in order, or one executable target.",
            allow_files = True,
            cfg = "exec",
            mandatory = True,
        ),
        "plugin": attr.label(
            doc = "The library with the fixtures that tests of such a database get.",
        ),
        "seed": attr.label_list(
            doc = "What fills the migrated database: .sql files in order, a scenario's files, or one executable target.",
            allow_files = True,
            cfg = "exec",
        ),
        "settings": attr.string_dict(
            doc = "Settings of the server, here and wherever the template is used.",
        ),
        "tool": attr.label(
            doc = "The program that makes the files; it brings along what env.py imports.",
            cfg = "exec",
            executable = True,
            mandatory = True,
        ),
    },
)
