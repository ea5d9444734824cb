"""Every error that belljar.services raises, in one tree.

    ServiceError
    ├── BadDescription        a service or task is described wrongly
    │   ├── DuplicateName     two nodes of one name
    │   ├── UnknownNode       a name that is no node of the graph
    │   ├── DependencyCycle   nodes that wait for each other
    │   ├── BadPlaceholder    a `{placeholder}` that stands for nothing, or one that is missing
    │   └── BadGraphFile      the file that Bazel writes can't be used
    ├── StartFailed           a node did not come up
    │   ├── NotStarted        its command can't be executed
    │   ├── EndedEarly        it ended before it was ready
    │   ├── ServiceNotReady   it ran, but was not ready in time
    │   ├── AddressChanged    it came back at another address than the others were told
    │   └── TaskFailed        a task that ended with another code than 0, or not in time
    ├── ServiceDied           it was ready and is gone, unasked
    ├── NotStopped            it could not be ended, by force either
    ├── NotRunning            something was asked of a service that does not run
    ├── LogNotSeen            a service did not write what a test waited for
    └── NotOnThisSystem       the operating system can't do it

Each names the target, what was seen and the fix; none shows a secret.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "AddressChanged",
    "BadDescription",
    "BadGraphFile",
    "BadPlaceholder",
    "DependencyCycle",
    "DuplicateName",
    "EndedEarly",
    "LogNotSeen",
    "NotOnThisSystem",
    "NotRunning",
    "NotStarted",
    "NotStopped",
    "ServiceDied",
    "ServiceError",
    "ServiceNotReady",
    "StartFailed",
    "TaskFailed",
    "UnknownNode",
]


# Of a line of a log: a page of JSON in one line tells no more.
LONGEST_LINE = 1000


class ServiceError(Exception):
    """Something is wrong with a service, said so that it can be mended.

    `facts` are lines of a name and a value; those without a value are left out. `log_tail` None
    means that there is no log to show.
    """

    def __init__(
        self,
        summary: str,
        *,
        facts: Mapping[str, str] | None = None,
        log_tail: str | None = None,
        log_name: str = "",
        fix: str = "",
    ) -> None:
        shown = {name: value for name, value in (facts or {}).items() if value}
        if fix:
            shown["fix"] = fix
        width = max(map(len, shown), default=0) + 1
        lines = [summary]
        for name, value in shown.items():
            first, *more = value.splitlines()
            lines.append(f"  {name + ':':<{width}} {first}")
            lines += [f"  {'':<{width}} {line}" for line in more]
        if log_tail is not None:
            of = f" of {log_name}" if log_name else ""
            lines.append(f"  last lines{of}:" if log_tail else f"  its log {log_name} is empty")
            lines += [f"    | {_shortened(line)}" for line in log_tail.splitlines()]
        super().__init__("\n".join(lines))


def _shortened(line: str) -> str:
    more = len(line) - LONGEST_LINE
    return f"{line[:LONGEST_LINE]} [and {more} characters more]" if more > 0 else line


class BadDescription(ServiceError):
    """A service or a task is described in a way that can't be started."""


class DuplicateName(BadDescription):
    """Two nodes of a graph have one name."""


class UnknownNode(BadDescription, KeyError):
    """A name that is no node of the graph."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would show its repr


class DependencyCycle(BadDescription):
    """Nodes that wait for each other; the message has the whole way round."""


class BadPlaceholder(BadDescription):
    """A placeholder stands for nothing, or what was declared is never told to the process."""


class BadGraphFile(BadDescription):
    """The file in which Bazel describes the graph is missing, or not what is expected."""


class StartFailed(ServiceError):
    """A node did not come up; what had been started is stopped."""


class NotStarted(StartFailed):
    """Its command can't be executed: not there, not executable."""


class EndedEarly(StartFailed):
    """It ended before it was ready."""


class ServiceNotReady(StartFailed):
    """It ran on, but was not ready in time."""


class AddressChanged(StartFailed):
    """It came back at another address than its dependents were told."""


class TaskFailed(StartFailed):
    """A task ended with another exit code than 0, or did not end in time."""


class ServiceDied(ServiceError):
    """A service was ready and is gone, and no test had asked for that."""


class NotStopped(ServiceError):
    """A service could not be ended, by force either."""


class NotRunning(ServiceError):
    """Something was asked of a service that does not run."""


class LogNotSeen(ServiceError):
    """A service did not write what a test waited for."""


class NotOnThisSystem(ServiceError):
    """The operating system has no way to do this."""
