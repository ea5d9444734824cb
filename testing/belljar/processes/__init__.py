"""Start, watch and stop child processes: ready when you get them, gone when you are.

    from belljar.processes import LineReady, start_process

Needs nothing but the standard library.
"""

from belljar.processes.errors import (
    CommandNotStarted,
    ExitedEarly,
    NoMatch,
    NotOnThisPlatform,
    NotReady,
    ProcessError,
    StillRunning,
    UserNamespaceRefused,
)
from belljar.processes.folders import (
    MAX_SOCKET_PATH,
    make_short_directory,
    short_directories,
    short_directory,
    short_places,
)
from belljar.processes.process import Process, start_process
from belljar.processes.readiness import (
    CommandReady,
    HttpReady,
    LineReady,
    Readiness,
    TcpReady,
    UnixReady,
)
from belljar.processes.sockets import bind_socket

__all__ = [
    "MAX_SOCKET_PATH",
    "CommandNotStarted",
    "CommandReady",
    "ExitedEarly",
    "HttpReady",
    "LineReady",
    "NoMatch",
    "NotOnThisPlatform",
    "NotReady",
    "Process",
    "ProcessError",
    "Readiness",
    "StillRunning",
    "TcpReady",
    "UnixReady",
    "UserNamespaceRefused",
    "bind_socket",
    "make_short_directory",
    "short_directories",
    "short_directory",
    "short_places",
    "start_process",
]
