"""postgres_cluster(): a PostgreSQL data directory, made once, that many tests start from."""

def _postgres_cluster_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar")
    ctx.actions.run(
        executable = ctx.executable.tool,
        arguments = [out.path],
        outputs = [out],
        execution_requirements = {"block-network": "1"},
        mnemonic = "PostgresCluster",
        progress_message = "Making a PostgreSQL cluster: %s" % ctx.label,
        # The tool is started by way of PATH; strict, it is the same everywhere.
        use_default_shell_env = True,
    )
    return [DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles(files = [out]),
    )]

postgres_cluster = rule(
    implementation = _postgres_cluster_impl,
    doc = "Runs initdb in a build action and packs what it made into NAME.tar, the same bytes each time.",
    attrs = {
        "tool": attr.label(
            doc = "The program that makes the file it is given; it brings the PostgreSQL along.",
            cfg = "exec",
            executable = True,
            mandatory = True,
        ),
    },
)
