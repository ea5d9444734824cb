"""bool_flag: a build setting that is on or off."""

def _bool_flag_impl(_ctx):
    return []

bool_flag = rule(
    implementation = _bool_flag_impl,
    doc = "A flag for the command line or an rc file.",
    build_setting = config.bool(flag = True),
)
