"""`python -m belljar.mocks.registry rates --model shop.mocks:Rates`: a model as a process."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from operator import attrgetter
from pathlib import Path
from types import ModuleType

from belljar.mocks.http.main import run
from belljar.mocks.registry.mock_entry import Entry

__all__ = ["main"]


def main() -> int:
    """Serve until SIGTERM; return the exit status."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("name", help="what it is called")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--model", help="MODULE:NAME of a belljar.mocks.Mock")
    what.add_argument("--document", help="an OpenAPI document")
    parser.add_argument("--file", help="where the module is, if its name does not tell")
    own, _ = parser.parse_known_args()

    if own.document:
        entry = Entry(own.name, document=own.document)
    else:
        module, _, name = own.model.partition(":")
        entry = Entry(own.name, mock=attrgetter(name)(_imported(module, own.file)))
    return run(own.name, entry.server, own=parser)


def _imported(name: str, file: str | None) -> ModuleType:
    try:
        return import_module(name)
    except ImportError:
        # A test's module, of which pytest alone knows the name.
        spec = spec_from_file_location(name, file) if file and Path(file).exists() else None
        if spec is None or spec.loader is None:
            raise
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
