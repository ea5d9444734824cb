"""`write_report`: matrices as `sweep.json` and `sweep.html`; `read_report` gives them back.

write_report(matrices, folder)                  # -> folder / "sweep.html"
read_report(folder / "sweep.json")              # -> matrices
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from belljar.redaction import redact
from belljar.sweep.errors import BadReport
from belljar.sweep.matrix import Matrix
from belljar.sweep.options import Options
from belljar.sweep.page import page

__all__ = ["JSON_NAME", "outputs_of", "read_report", "write_report"]

VERSION = 1
JSON_NAME = "sweep.json"
HTML_NAME = "sweep.html"


def outputs_of(config: pytest.Config, options: Options) -> Path:
    """Give the folder of the report: the one that was asked for, else the undeclared outputs, else pytest's."""
    if options.out is not None:
        return options.out
    outputs = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    if outputs:
        return Path(outputs)
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]  # no other way from a hook
    return factory.getbasetemp()


def write_report(matrices: Sequence[Matrix], folder: Path, html: Path | None = None) -> Path:
    """Write both files; give the path of the HTML, which may be somewhere else."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"version": VERSION, "tests": [matrix.to_json() for matrix in matrices]}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / JSON_NAME).write_text(redact(text), encoding="utf-8")
    path = html or folder / HTML_NAME
    path.write_text(redact(page(matrices)), encoding="utf-8")
    return path


def read_report(source: Path | bytes) -> list[Matrix]:
    """Give the matrices of a report, from its file or its content. Raises `BadReport`."""
    name = str(source) if isinstance(source, Path) else "the report"
    try:
        content = json.loads(source.read_bytes() if isinstance(source, Path) else source)
    except (OSError, ValueError) as error:
        raise BadReport(f"{name} can't be read: {error}", fix="run the sweep again") from None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise BadReport(
            f"{name} is no report of this version",
            choices=[str(VERSION)],
            fix="run the sweep again",
        )
    return [Matrix.from_json(one) for one in content["tests"]]
