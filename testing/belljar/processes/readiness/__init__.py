"""When is a process ready? One strategy per file, behind one small Protocol.

To add one, write a class with `what` and `pending` (the Protocol `Readiness` says what they mean)
and hand an instance to `start_process(ready=...)`; nothing has to be registered.
"""

from belljar.processes.readiness.command import CommandReady
from belljar.processes.readiness.http import HttpReady
from belljar.processes.readiness.line import LineReady
from belljar.processes.readiness.protocol import Readiness, Watched
from belljar.processes.readiness.tcp import TcpReady
from belljar.processes.readiness.unix import UnixReady

__all__ = [
    "CommandReady",
    "HttpReady",
    "LineReady",
    "Readiness",
    "TcpReady",
    "UnixReady",
    "Watched",
]
