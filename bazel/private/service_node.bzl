"""service_node: a process of a test's graph, behind test_service() and test_task()."""

load("//bazel/private:label_text.bzl", "label_text")
load("//bazel/private:plain_runfiles.bzl", "plain_runfiles")
load("//bazel/private:providers.bzl", "DatabaseServerInfo", "DatabaseTemplateInfo", "ServiceInfo")
load("//bazel/private:references.bzl", "check_references", "one_of")
load("//bazel/private:service_values.bzl", "check_values")

# A lone file of these is to be read, not to be run.
_TEXT = ["ini", "json", "md", "py", "sql", "toml", "txt", "yaml", "yml"]

def _program(ctx, label):
    """Gives the executable of `binary`."""
    to_run = ctx.attr.binary[DefaultInfo].files_to_run
    if not to_run or not to_run.executable or to_run.executable.extension in _TEXT:
        fail("%s: binary = \"%s\" is not executable; name a py_binary, an sh_binary or another target that `bazel run` can start" % (
            label,
            label_text(ctx.attr.binary.label),
        ))
    return to_run.executable

def _nodes(ctx, label, attribute):
    """Gives the nodes that an attribute names."""
    found = []
    for target in getattr(ctx.attr, attribute):
        if ServiceInfo not in target:
            fail("%s: %s has \"%s\", which is no service or task; name a target of test_service() or test_task()" % (
                label,
                attribute,
                label_text(target.label),
            ))
        found.append(target[ServiceInfo])
    return found

def _callbacks(ctx, label, needs):
    """Gives the labels of those that may call it back; they are in its graph already."""
    asked = [info.node["label"] for info in _nodes(ctx, label, "callbacks")]
    known = [node.label for info in needs for node in info.nodes.to_list()] if asked else []
    for other in asked:
        if other not in known:
            fail("%s: callbacks has \"%s\", which it does not depend on; %s" % (
                label,
                other,
                one_of({name: True for name in known}, "add it to deps, or leave it out"),
            ))
    return asked

def _databases(ctx, label):
    """Gives a struct for each database of its own."""
    found = []
    for target in ctx.attr.databases:
        entry = {}
        if DatabaseTemplateInfo in target:
            info = target[DatabaseTemplateInfo]
            entry = {what: file.short_path for what, file in info.files.items()}
            name = target.label.name
        elif DatabaseServerInfo in target:
            info = target[DatabaseServerInfo]
            name = info.kind
        else:
            fail("%s: databases has \"%s\", which is no database; name a target of postgres_template() or sqlite_template(), or %s" % (
                label,
                label_text(target.label),
                label_text(Label("//testing/belljar/databases:valkey_server")),
            ))
        entry.update(kind = info.kind, name = name)
        found.append(struct(json = json.encode(entry), label = label_text(target.label), name = name))
    return found

def _by_name(label, named):
    """Gives labels by name; fails where placeholders could not tell two of them apart."""
    labels = {}
    for name, other in named:
        if labels.get(name, other) != other:
            fail("%s: {url:%s} would be both %s and %s; rename one of the two" % (label, name, labels[name], other))
        labels[name] = other
    return labels

def _files(ctx, label):
    """Gives the templates by the name of what they become."""
    files = {}
    for target, name in ctx.attr.files.items():
        sources = target[DefaultInfo].files.to_list()
        if len(sources) != 1:
            fail("%s: files = {\"%s\": \"%s\"}: the label has %d files; name one" % (label, label_text(target.label), name, len(sources)))
        if name in files:
            fail("%s: files has \"%s\" twice, from %s and %s; rename one" % (label, name, files[name].short_path, sources[0].short_path))
        files[name] = sources[0]
    return files

def _service_node_impl(ctx):
    label = label_text(ctx.label)
    program = _program(ctx, label)
    deps = _nodes(ctx, label, "deps")
    after = _nodes(ctx, label, "after")
    databases = _databases(ctx, label)
    callbacks = _callbacks(ctx, label, deps + after)
    files = _files(ctx, label)
    node = {
        "after": [info.node["label"] for info in after],
        "args": ctx.attr.arguments,
        "binary": program.short_path,
        "callbacks": callbacks,
        "databases": [database.label for database in databases],
        "deps": [info.node["label"] for info in deps],
        "env": ctx.attr.environment,
        "exit_codes": ctx.attr.exit_codes,
        "exports": ctx.attr.exports,
        "files": {name: file.short_path for name, file in files.items()},
        "instances": ctx.attr.instances,
        "kind": ctx.attr.kind,
        "label": label,
        "name": ctx.label.name,
        "ports": ctx.attr.ports,
        "ready": json.decode(ctx.attr.ready),
        "ready_timeout": ctx.attr.ready_timeout,
        "secrets": ctx.attr.secrets,
        "stop_grace": ctx.attr.stop_grace,
        "stop_signal": ctx.attr.stop_signal,
        "timeout": ctx.attr.timeout,
    }
    check_values(struct(**node))
    own = [(database.name, database.label) for database in databases]
    _by_name(label, [(info.node["name"], info.node["label"]) for info in deps] + own)
    check_references(struct(**dict(
        node,
        databases = _by_name(label, own),
        deps = {info.node["name"]: info.node for info in deps},
    )))

    needs = deps + after
    runfiles = ctx.runfiles(files = [program] + files.values() + [
        file
        for target in ctx.attr.databases
        for file in target[DefaultInfo].files.to_list()
    ])
    for target in [ctx.attr.binary] + ctx.attr.data:
        runfiles = runfiles.merge(plain_runfiles(ctx, target))
    for info in needs:
        runfiles = runfiles.merge(info.runfiles)
    infos = [
        target[DatabaseTemplateInfo] if DatabaseTemplateInfo in target else target[DatabaseServerInfo]
        for target in ctx.attr.databases
    ]
    return [
        DefaultInfo(files = depset([program]), runfiles = runfiles),
        ServiceInfo(
            databases = depset(databases, order = "postorder", transitive = [info.databases for info in needs]),
            node = node,
            nodes = depset(
                [struct(json = json.encode(node), label = label, name = ctx.label.name)],
                order = "postorder",
                transitive = [info.nodes for info in needs],
            ),
            plugins = depset(
                [info.plugin for info in infos if info.plugin] + ctx.attr.databases_libraries,
                transitive = [info.plugins for info in needs],
            ),
            runfiles = runfiles,
        ),
    ]

service_node = rule(
    implementation = _service_node_impl,
    doc = "Says how a process is started, when it is ready and what it needs; checks what can be checked before it runs.",
    attrs = {
        "after": attr.label_list(
            doc = "Services and tasks that are only waited for.",
            allow_files = True,
        ),
        "arguments": attr.string_list(
            doc = "Arguments of the program, with placeholders.",
        ),
        "callbacks": attr.label_list(
            doc = "Those that it depends on and that may call it back, at an address that it tells them.",
            allow_files = True,
        ),
        "binary": attr.label(
            doc = "The program: any executable target.",
            allow_files = True,
            mandatory = True,
        ),
        "data": attr.label_list(
            doc = "Files that the program finds in its runfiles.",
            allow_files = True,
        ),
        "databases": attr.label_list(
            doc = "Templates and servers, one each for a test and all its services.",
            allow_files = True,
        ),
        "databases_libraries": attr.label_list(
            doc = "What a test imports to have databases together with its services.",
        ),
        "deps": attr.label_list(
            doc = "Services and tasks whose addresses, exports or secrets it is told.",
            allow_files = True,
        ),
        "environment": attr.string_dict(
            doc = "Environment variables of the program, with placeholders.",
        ),
        "exit_codes": attr.int_list(
            doc = "Exit codes of a program that has stopped as it should.",
            default = [0],
        ),
        "exports": attr.string_dict(
            doc = "Values that dependents can ask for, by name, with placeholders.",
        ),
        "files": attr.label_keyed_string_dict(
            doc = "Templates with placeholders, and how each is called in the node's folder.",
            allow_files = True,
        ),
        "instances": attr.int(
            doc = "How many of it run.",
            default = 1,
        ),
        "kind": attr.string(
            doc = "Whether it goes on running (service) or does its work and ends (task).",
            mandatory = True,
            values = ["service", "task"],
        ),
        "ports": attr.string_dict(
            doc = "Scheme of the URLs of each port, by the port's name.",
        ),
        "ready": attr.string(
            doc = "When it is ready, as JSON.",
            default = "null",
        ),
        "ready_timeout": attr.int(
            doc = "Seconds in which it has to be ready.",
            default = 30,
        ),
        "secrets": attr.string_list(
            doc = "Names of random values that everybody in a graph shares.",
        ),
        "stop_grace": attr.int(
            doc = "Seconds in which it has to have stopped.",
            default = 10,
        ),
        "stop_signal": attr.string(
            doc = "Name of the signal that asks it to stop.",
            default = "SIGTERM",
        ),
        "timeout": attr.int(
            doc = "Seconds in which a task has to be done.",
            default = 60,
        ),
    },
)
