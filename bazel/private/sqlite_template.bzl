"""sqlite_template(): a SQLite database, migrated and seeded once, that many tests start from."""

load("//bazel/private:template_target.bzl", "template_target")

def sqlite_template(name, migrations, seed = [], deps = [], **kwargs):
    """Builds a database in an action, for the `database` attribute of tests.

    It gives NAME.sqlite3, NAME.sql (a plain dump) and NAME.tables.json (the tables and how many
    rows each has), the same bytes each time.

    Args:
      name: name of the target.
      migrations: label of an Alembic folder's files (a filegroup with env.py and versions/*.py), a
        list of .sql files in order, or an executable target, which gets DATABASE_URL.
      seed: what fills it then: a list of .sql files, an executable target, or a scenario's files, as
        for postgres_template().
      deps: Python libraries that env.py, the migrations and a scenario import, Alembic among them.
      **kwargs: what every rule takes: visibility, tags, testonly, ...
    """
    template_target(
        name = name,
        deps = deps,
        kind = "sqlite",
        kwargs = kwargs,
        library = Label("//testing/belljar/databases:templating_sqlite"),
        migrations = migrations,
        plugin = Label("//testing/belljar/databases:sqlite_plugin"),
        seed = seed,
    )
