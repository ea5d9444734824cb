"""The settings as tests get them, and where each value was said.

./bazelw run //testing:settings -- --profile ci --setting database.pool_size=5
python -m belljar.config --class services.orders.tests.settings:OrdersTestSettings --all
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from belljar.config.errors import BadSettings

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Give 0, or 1 when the settings have mistakes, all of which are printed."""
    parser = argparse.ArgumentParser(
        prog="//testing:settings",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--profile", help="the profile; else TEST_ENV, belljar_profile, local")
    parser.add_argument("--setting", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--class", dest="kind", metavar="PACKAGE.MODULE:CLASS")
    parser.add_argument("--root", type=Path, help="the workspace; else where this is run")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--all", action="store_true", help="also what does not count, and why")
    given = parser.parse_args(arguments)
    if given.root and not given.root.is_dir():
        parser.error(f"--root: {str(given.root)!r} is no folder; name the workspace")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What the terminal can't show is shown in escapes.
            stream.reconfigure(errors="backslashreplace")
    try:
        print(_shown(given), flush=True)
    except BadSettings as error:
        from belljar.redaction import redact

        print(redact(str(error)), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Who reads has seen enough, as `head` has; nor does Python write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"the settings can't be written: {error.strerror or error}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _shown(given: argparse.Namespace) -> str:
    from belljar.config.asked import Asked
    from belljar.config.ini_file import find_ini
    from belljar.config.loading import explained
    from belljar.config.model import TestSettings
    from belljar.config.naming import settings_class
    from belljar.config.table import as_json, as_table

    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    start = (given.root or Path(workspace or Path.cwd())).absolute()
    root, ini = find_ini(start)
    # The team's class is imported from its sources, as under plain pytest.
    for folder in reversed([".", *ini.get("pythonpath", "").split()]):
        if str(root / folder) not in sys.path:
            sys.path.insert(0, str(root / folder))
    if given.kind is not None:
        kind = settings_class(given.kind, "--class")
    else:
        named = ini.get("belljar_settings", "")
        kind = settings_class(named, "belljar_settings") if named else TestSettings
    asked = Asked.of(
        root=root,
        profile=given.profile,
        profile_from="--profile",
        ini=ini,
        options=given.setting,
    )
    loaded = explained(kind, asked)
    show = as_json if given.json else as_table
    return show(loaded, every=given.all)


if __name__ == "__main__":
    sys.exit(main())
