"""What a person may say to `up`: its options, and what is wrong with them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["UpOptions"]

HIGHEST_PORT = 65535
DESCRIPTION = """Starts {target} and all that it needs, prints where everything is, and shows what
the services write, until Ctrl-C."""
EPILOG = """Ctrl-C stops everything gracefully, and a second Ctrl-C at once; both leave nothing behind. A service that
ends by itself is told with its last lines, and the rest is stopped.

The databases are new each time, made from their templates: psql 'URL' opens one while this runs.

Exit status: 0 when you have stopped it, 1 when a service did not start or has died, 2 when the
command line is wrong."""


@dataclass(frozen=True)
class UpOptions:
    """`ports`: (service, port) -> number; the port is empty where none is named."""

    ports: Mapping[tuple[str, str], int] = field(default_factory=dict)
    json: Path | None = None

    @classmethod
    def read(cls, target: str, argv: Sequence[str] | None) -> UpOptions:
        """Return what the command line says; ends the program where argparse does."""
        parser = argparse.ArgumentParser(
            prog="up",
            description=DESCRIPTION.format(target=target or "the services"),
            epilog=EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument(
            "--port",
            action="append",
            default=[],
            type=_port,
            metavar="SERVICE[.PORT]=NUMBER",
            help="have a service listen at this port of 127.0.0.1 (--port orders=8000, or "
            "--port orders.admin=8001); may be given several times. Otherwise a free one is taken",
        )
        parser.add_argument(
            "--json",
            type=_caller_path,
            metavar="FILE",
            help="write all addresses there as soon as everything is ready; removed at the end",
        )
        options = parser.parse_args(argv)
        if options.json is not None and not options.json.parent.is_dir():
            parser.error(f"argument --json: {options.json.parent} is no folder")
        ports: dict[tuple[str, str], int] = {}
        for place, number in options.port:
            if place in ports:
                parser.error(f"argument --port: {'.'.join(filter(None, place))} is given twice")
            if number in ports.values():
                parser.error(f"argument --port: {number} is given to two ports")
            ports[place] = number
        return cls(ports, options.json)


def _port(text: str) -> tuple[tuple[str, str], int]:
    place, equals, number = text.partition("=")
    service, _, port = place.partition(".")
    valid = number.isascii() and number.isdigit() and 0 < int(number) <= HIGHEST_PORT
    if not (equals and service and valid):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not SERVICE=NUMBER or SERVICE.PORT=NUMBER, such as orders=8000, with a "
            f"number from 1 to {HIGHEST_PORT}"
        )
    return (service, port), int(number)


def _caller_path(text: str) -> Path:
    # `bazel run` starts us somewhere else, and says where the caller stands.
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", "")) / text
