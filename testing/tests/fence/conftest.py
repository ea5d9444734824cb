"""What the tests of the fence share: a program that runs inside of one, and says what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from belljar.fence import Breach
from belljar.processes import short_directory

# connect(2) itself, by its number: no Python's socket, no libc's wrapper.
RAW_CONNECT = """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 42, "aarch64": 203}[os.uname().machine]
descriptor = libc.socket(2, 1, 0)
address = struct.pack("=H", 2) + struct.pack(">H", 80) + bytes([192, 0, 2, 1]) + bytes(8)
print(libc.syscall(number, descriptor, address, 16), os.strerror(ctypes.get_errno()))
"""

# Under plain pytest a fence of its own; under Bazel a session of its own in the target's.
PREAMBLE = """
import ctypes, dataclasses, errno, json, os, signal, socket, struct, subprocess, sys, threading
from belljar.fence.client import Client, current
from belljar.fence.companion import MARK, set_mark, start_companion
from belljar.fence.starting import declared

def fenced(private=False, folders=(), refuses=True):
    around = dict(root=os.getpid(), private=private, folders=folders, refuses=refuses)
    fence = current()
    if not isinstance(fence, Client):
        return start_companion(**around)
    fence.open_session(declared=declared(), mark=f"{MARK}={set_mark()}", **around)
    return fence

# Its pid: who made our connection to it.
def supervisor():
    made_by = fence._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return struct.unpack("3i", made_by)[0]

def attempt(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return "ok"

def connect(address, family=socket.AF_INET, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as client:
        client.settimeout(5)
        return attempt(client.connect, address)

def child(code, *words, **options):
    command = [*words, sys.executable, "-I", "-c", "import socket\\n" + code]
    return subprocess.run(command, text=True, capture_output=True, timeout=60, **options)

def say(**seen):
    seen["breaches"] = [dataclasses.asdict(breach) for breach in fence.breaches()]
    print(json.dumps(seen))
"""


@dataclass
class Seen:
    """What a program said, and the breaches it was told of."""

    said: dict[str, Any]
    breaches: list[Breach]

    @property
    def breach(self) -> Breach:
        """The only one."""
        assert len(self.breaches) == 1, self.breaches
        return self.breaches[0]


Inside = Callable[..., Seen]


@pytest.fixture
def inside() -> Inside:
    """Run a program inside of a fence; it ends with `say(name=value, ...)`."""

    def run(code: str, **environment: str) -> Seen:
        process = subprocess.run(
            [sys.executable, "-c", PREAMBLE + code],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
            text=True,
            capture_output=True,
            timeout=60,
        )
        assert process.returncode == 0, process.stderr
        said = json.loads(process.stdout.splitlines()[-1])
        return Seen(said, [Breach(**breach) for breach in said.pop("breaches")])

    return run


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with short_directory() as folder:
        yield folder


@pytest.fixture
def raw_connect() -> str:
    """Gives a program that calls the kernel's connect for 192.0.2.1:80."""
    return RAW_CONNECT
