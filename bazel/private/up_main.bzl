"""up_main: the generated main file of a target that brings up a graph for a person."""

_MAIN = '''"""Brings up what {graph} lists."""

import sys

from belljar.services.up import main

if __name__ == "__main__":
    sys.exit(main({literal}))
'''

def _up_main_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".py")
    ctx.actions.write(out, _MAIN.format(
        graph = ctx.file.graph.short_path,
        literal = repr(ctx.file.graph.short_path),
    ))
    return [DefaultInfo(files = depset([out]))]

up_main = rule(
    implementation = _up_main_impl,
    doc = "Writes NAME.py, which starts the services of a graph's file and stays until it is told to stop.",
    attrs = {
        "graph": attr.label(
            doc = "The file of a `declared_services` target.",
            allow_single_file = True,
            mandatory = True,
        ),
    },
)
