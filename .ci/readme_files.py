"""Writes the files that a page shows: each code block whose first line is `# PATH` (or `-- PATH`) under a folder.

python3 .ci/readme_files.py README.md services/hello
"""

from __future__ import annotations

import re
import sys
from pathlib import Path


def main(readme: str, folder: str) -> None:
    """Writes them, and prints their paths."""
    text = Path(readme).read_text(encoding="utf-8")
    for block in re.findall(
        r"^( *)```(?:python|sql)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL
    ):
        indent, code = block
        lines = [line.removeprefix(indent) for line in code.splitlines()]
        path = lines[0].removeprefix("# ").removeprefix("-- ")
        if path.startswith(folder + "/"):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text("\n".join([*lines[1:], ""]), encoding="utf-8")
            print(path)


main(*sys.argv[1:])
