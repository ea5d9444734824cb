"""postgres_template(): a PostgreSQL database, migrated and seeded once, that many tests start from."""

load("//bazel/private:template_target.bzl", "template_target")

def postgres_template(name, migrations, seed = [], extensions = [], settings = {}, deps = [], **kwargs):
    """Builds a database in an action, for the `database` attribute of tests.

    It gives NAME.tar (the data directory of a stopped server), NAME.sql (a plain dump) and
    NAME.tables.json (the tables and how many rows each has), the same bytes each time. A migration
    or seed that fails, fails the build with file, statement and PostgreSQL's words.

    Args:
      name: name of the target.
      migrations: label of an Alembic folder's files (a filegroup with env.py, versions/*.py and,
        if there is one, alembic.ini), a list of .sql files in order, or an executable target, which
        gets DATABASE_URL, PGHOST, PGDATABASE, PGUSER and PGPORT.
      seed: what fills it then: a list of .sql files, an executable target, or a scenario: the .csv
        and .json files of one (a filegroup of its folder, or a list), or one .py file, whose imports
        belong into deps. A mistake in it fails the build with file, line and column.
      extensions: names of extensions, made before the migrations run.
      settings: settings of the server, here and in the tests.
      deps: Python libraries that env.py, the migrations and a scenario import, Alembic among them.
      **kwargs: what every rule takes: visibility, tags, testonly, ...
    """
    template_target(
        name = name,
        deps = deps,
        extensions = extensions,
        kind = "postgres",
        kwargs = kwargs,
        library = Label("//testing/belljar/databases:templating"),
        migrations = migrations,
        plugin = Label("//testing/belljar/databases/isolation:plugin"),
        seed = seed,
        settings = settings,
    )
