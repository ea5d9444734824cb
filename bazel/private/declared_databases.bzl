"""declared_databases: the file that tells a test which database templates it starts from."""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//bazel/private:providers.bzl", "DatabaseTemplateInfo")

def _declared_databases_impl(ctx):
    test = "//%s:%s" % (ctx.label.package, ctx.attr.test)
    declared = {}
    plugins = []
    files = []
    for target, names in ctx.attr.templates.items():
        if DatabaseTemplateInfo not in target:
            fail("%s: database = \"%s\" is no database template; name a target of postgres_template() or sqlite_template()" % (test, target.label))
        template = target[DatabaseTemplateInfo]
        entry = {what: file.short_path for what, file in template.files.items()}
        entry["kind"] = template.kind
        for name in names.split(","):
            declared[name] = entry
        files.extend(template.files.values())
        if template.plugin:
            plugins.append(template.plugin)
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, json.encode(declared))
    runfiles = ctx.runfiles(files = files + [out])
    for plugin in plugins:
        runfiles = runfiles.merge(plugin[DefaultInfo].default_runfiles)
    infos = [plugin[PyInfo] for plugin in plugins]
    return [
        DefaultInfo(files = depset([out]), runfiles = runfiles),
        # What the fixtures import comes along as it would from `deps`.
        PyInfo(
            imports = depset(transitive = [info.imports for info in infos]),
            transitive_sources = depset(transitive = [info.transitive_sources for info in infos]),
        ),
    ]

declared_databases = rule(
    implementation = _declared_databases_impl,
    doc = "Writes NAME.json, and brings the templates and their fixtures to the test.",
    attrs = {
        "templates": attr.label_keyed_string_dict(
            doc = "The templates, and under which names (with commas between) the test knows each.",
            allow_files = True,
            mandatory = True,
        ),
        "test": attr.string(
            doc = "Name of the test target.",
            mandatory = True,
        ),
    },
)
