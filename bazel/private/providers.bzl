"""Providers that Belljar's rules hand to each other."""

DatabaseTemplateInfo = provider(
    doc = "A migrated, seeded database, built once, that tests start from.",
    fields = {
        "files": "Dict of the template's files (File) by what they are: archive or file, dump, tables.",
        "kind": "What runs it: \"postgres\" or \"sqlite\".",
        "plugin": "The library with its fixtures (a Target), or None.",
    },
)
