"""declared_settings: the files that a test's settings are read from, and the profile that the build chooses."""

load("//bazel/private:providers.bzl", "FlagInfo")

def _is_settings_file(name):
    return name.endswith(".toml") or name == ".env" or name.startswith(".env.")

def _declared_settings_impl(ctx):
    test = "//%s:%s" % (ctx.label.package, ctx.attr.test)
    for file in ctx.files.settings:
        if not _is_settings_file(file.basename):
            fail("%s: settings has \"%s\", which is no file of settings; name profiles (*.toml) and .env files, and put others into data" % (test, file.short_path))
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    ctx.actions.write(out, json.encode({
        "files": [file.short_path for file in ctx.files.settings],
        "profile": ctx.attr._profile[FlagInfo].value,
    }))
    return [DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles(files = ctx.files.settings + [out]),
    )]

declared_settings = rule(
    implementation = _declared_settings_impl,
    doc = "Writes NAME.json, and brings the files to the test: to choose another profile runs again those tests that have settings, and no others.",
    attrs = {
        "settings": attr.label_list(
            doc = "Profiles (*.toml) and .env files.",
            allow_files = True,
            mandatory = True,
        ),
        "test": attr.string(
            doc = "Name of the test target.",
            mandatory = True,
        ),
        "_profile": attr.label(
            doc = "The flag that chooses the profile.",
            default = Label("//bazel:profile"),
            providers = [FlagInfo],
        ),
    },
)
