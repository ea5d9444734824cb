"""interpreter_fingerprint(): one file that changes when any file of an interpreter does."""

def _interpreter_fingerprint_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".sha256")
    arguments = ctx.actions.args()
    arguments.use_param_file("@%s", use_always = True)
    arguments.set_param_file_format("multiline")
    arguments.add(out)
    arguments.add(ctx.file.interpreter)
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.file.interpreter,
        arguments = ["-I", "-S", "-B", ctx.file.script.path, arguments],
        inputs = ctx.files.srcs + [ctx.file.interpreter, ctx.file.script],
        outputs = [out],
        mnemonic = "PythonFingerprint",
        progress_message = "Hashing the Python interpreter",
    )
    return [DefaultInfo(files = depset([out]))]

interpreter_fingerprint = rule(
    implementation = _interpreter_fingerprint_impl,
    doc = "Hashes an interpreter's files, by their place inside it and content.",
    attrs = {
        "interpreter": attr.label(
            doc = "The interpreter's binary.",
            allow_single_file = True,
            mandatory = True,
        ),
        "script": attr.label(
            doc = "The program that hashes.",
            allow_single_file = True,
            mandatory = True,
        ),
        "srcs": attr.label_list(
            doc = "Every file of the interpreter's library.",
            allow_files = True,
        ),
    },
)
