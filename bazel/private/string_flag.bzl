"""string_flag: a build setting that is a word, which rules read."""

load("//bazel/private:providers.bzl", "FlagInfo")

def _string_flag_impl(ctx):
    return [FlagInfo(value = ctx.build_setting_value)]

string_flag = rule(
    implementation = _string_flag_impl,
    doc = "A flag for the command line or an rc file.",
    build_setting = config.string(flag = True),
)
