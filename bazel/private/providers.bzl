"""Providers that Belljar's rules hand to each other."""

DatabaseServerInfo = provider(
    doc = "A database server with nothing in it, which a test gets for itself and its services.",
    fields = {
        "kind": "What runs, which is also the name that placeholders know it by: \"valkey\".",
        "plugin": "The library with its fixtures (a Target), or None.",
    },
)

DatabaseTemplateInfo = provider(
    doc = "A migrated, seeded database, built once, that tests start from.",
    fields = {
        "files": "Dict of the template's files (File) by what they are: archive or file, dump, tables.",
        "kind": "What runs it: \"postgres\" or \"sqlite\".",
        "plugin": "The library with its fixtures (a Target), or None.",
    },
)

ServiceInfo = provider(
    doc = "A service or a task of a test's graph, and all that it needs.",
    fields = {
        "databases": "Depset of structs (label, name, json): the databases of the node and of what it needs.",
        "node": "Dict that says how the node runs, as the test reads it.",
        "nodes": "Depset of structs (label, name, json): the node and what it needs, needs first.",
        "plugins": "Depset of the libraries with the databases' fixtures (Target).",
        "runfiles": "Programs, data and templates of all nodes.",
    },
)

FlagInfo = provider(
    doc = "What a flag is set to.",
    fields = {
        "value": "The text.",
    },
)
