"""declared_services: the file that tells a test which services it starts."""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//bazel/private:label_text.bzl", "label_text")
load("//bazel/private:providers.bzl", "ServiceInfo")

def _check_names(test, what, entries):
    """Fails for two of one name, which a test could not tell apart."""
    labels = {}
    for entry in entries:
        if entry.name in labels:
            fail("%s: its graph has two %s called %s: %s and %s; rename one, or leave one out" % (
                test,
                what,
                entry.name,
                labels[entry.name],
                entry.label,
            ))
        labels[entry.name] = entry.label

def _declared_services_impl(ctx):
    test = label_text(ctx.label, ctx.attr.test)
    for target in ctx.attr.services:
        if ServiceInfo not in target:
            fail("%s: services has \"%s\", which is no service or task; name a target of test_service() or test_task()" % (
                test,
                label_text(target.label),
            ))
    roots = [target[ServiceInfo] for target in ctx.attr.services]
    nodes = depset(order = "postorder", transitive = [root.nodes for root in roots]).to_list()
    databases = depset(order = "postorder", transitive = [root.databases for root in roots]).to_list()
    plugins = depset(transitive = [root.plugins for root in roots]).to_list()
    _check_names(test, "services", nodes)
    _check_names(test, "databases", databases)
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, json.encode({
        "databases": {database.label: json.decode(database.json) for database in databases},
        "nodes": [json.decode(node.json) for node in nodes],
        "roots": [root.node["label"] for root in roots],
        "target": test,
    }))
    runfiles = ctx.runfiles(files = [out])
    for root in roots:
        runfiles = runfiles.merge(root.runfiles)
    for plugin in plugins:
        runfiles = runfiles.merge(plugin[DefaultInfo].default_runfiles)
    infos = [plugin[PyInfo] for plugin in plugins]
    return [
        DefaultInfo(files = depset([out]), runfiles = runfiles),
        # What the databases' fixtures import comes along as it would from `deps`; what a service
        # imports does not.
        PyInfo(
            imports = depset(transitive = [info.imports for info in infos]),
            transitive_sources = depset(transitive = [info.transitive_sources for info in infos]),
        ),
    ]

declared_services = rule(
    implementation = _declared_services_impl,
    doc = "Writes NAME.json, and brings the services' programs, files and databases to the test.",
    attrs = {
        "services": attr.label_list(
            doc = "The services and tasks that the test names itself.",
            allow_files = True,
            mandatory = True,
        ),
        "test": attr.string(
            doc = "Name of the target that starts them.",
            mandatory = True,
        ),
    },
)
