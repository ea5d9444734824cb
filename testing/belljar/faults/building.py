"""`faults.on("payments").fail(status=503, times=2)`: a plan, said in Python.

    plan = Planner(seed=7)
    plan.on("payments", path="/v1/charges").fail(status=503, times=2).latency(mean=0.1)
    plan.plan          # -> Plan

Every method takes the conditions too: `times`, `calls`, `skip`, `probability`, `from_s`, `until_s`.
Faults that are said in a row are for the same calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypedDict, Unpack

from belljar.faults.errors import BadParameter
from belljar.faults.kind import kind_named
from belljar.faults.plan import Plan
from belljar.faults.rule import Rule, When

__all__ = ["Conditions", "Planner", "Target"]


class Conditions(TypedDict, total=False):
    """When a fault happens; all that are said must hold."""

    times: int
    calls: Iterable[int] | int
    skip: int
    probability: float
    from_s: float
    until_s: float


class Target:
    """Calls at a boundary; its methods plan faults for them, and give it back."""

    def __init__(self, name: str, match: Mapping[str, str], add: Callable[[Rule], None]) -> None:
        self._name = name
        self._match = dict(match)
        self._add = add

    def plan(
        self, kind: str, values: Mapping[str, Any] | None = None, **when: Unpack[Conditions]
    ) -> Target:
        """Plan a fault of any kind, by its name: also of kinds that you have registered."""
        self._add(
            Rule(self._name, kind, self._match, dict(values or {}), _when(when, self._name, kind))
        )
        return self

    def _plan(self, kind: str, when: Conditions, **values: Any) -> Target:
        # Only what differs: the plan that is saved is what was said.
        given = {
            parameter.name: values[parameter.name]
            for parameter in kind_named(kind).parameters
            if values[parameter.name] != parameter.default
        }
        return self.plan(kind, given, **when)

    # HTTP

    def fail(
        self,
        *,
        status: int = 500,
        body: str = "",
        content_type: str = "text/plain",
        headers: Mapping[str, str] | None = None,
        **when: Unpack[Conditions],
    ) -> Target:
        """Answer with this status; nothing is done."""
        return self._plan(
            "status",
            when,
            status=status,
            body=body,
            content_type=content_type,
            headers=dict(headers or {}),
        )

    def rate_limit(
        self, *, retry_after: int = 1, status: int = 429, **when: Unpack[Conditions]
    ) -> Target:
        """Answer 429 with Retry-After; nothing is done."""
        return self._plan("rate_limit", when, retry_after=retry_after, status=status)

    def slow_down(self, **when: Unpack[Conditions]) -> Target:
        """Answer SlowDown as S3 does; nothing is done."""
        return self._plan("slow_down", when)

    def malformed_json(self, **when: Unpack[Conditions]) -> Target:
        """Do the work, and answer with what is no JSON."""
        return self._plan("malformed_json", when)

    def truncated_json(self, *, keep: float = 0.5, **when: Unpack[Conditions]) -> Target:
        """Do the work, and answer with the beginning of the body as if that were all."""
        return self._plan("truncated_json", when, keep=keep)

    def wrong_content_length(self, *, by: int = 10, **when: Unpack[Conditions]) -> Target:
        """Do the work, announce so many bytes more than there are (or fewer), and close."""
        return self._plan("wrong_content_length", when, by=by)

    # Any connection

    def latency(
        self,
        *,
        mean: float,
        jitter: float = 0.0,
        distribution: Literal["normal", "uniform", "lognormal"] = "uniform",
        **when: Unpack[Conditions],
    ) -> Target:
        """Let it take so many seconds more, give or take."""
        return self._plan("latency", when, mean=mean, jitter=jitter, distribution=distribution)

    def timeout(
        self, *, phase: Literal["read", "connect"] = "read", **when: Unpack[Conditions]
    ) -> Target:
        """Do nothing and answer nothing, until the caller gives up."""
        return self._plan("timeout", when, phase=phase)

    def reset(self, **when: Unpack[Conditions]) -> Target:
        """Break the connection; nothing is done."""
        return self._plan("reset", when)

    def refuse(self, **when: Unpack[Conditions]) -> Target:
        """Refuse the connection; nothing is done."""
        return self._plan("refuse", when)

    def cut(
        self, *, after: int, how: Literal["close", "reset"] = "close", **when: Unpack[Conditions]
    ) -> Target:
        """Do the work, and end the connection after so many bytes of the answer."""
        return self._plan("cut", when, after=after, how=how)

    def slow(self, *, bytes_per_second: float, **when: Unpack[Conditions]) -> Target:
        """Do the work, and answer slowly."""
        return self._plan("slow", when, bytes_per_second=bytes_per_second)

    def slice(self, *, size: int, delay: float = 0.0, **when: Unpack[Conditions]) -> Target:
        """Do the work, and answer in small pieces."""
        return self._plan("slice", when, size=size, delay=delay)

    def garbage(self, *, size: int = 64, **when: Unpack[Conditions]) -> Target:
        """Answer with bytes that mean nothing, and close; nothing is done."""
        return self._plan("garbage", when, size=size)

    def lose_answer(
        self, *, how: Literal["reset", "close", "timeout"] = "reset", **when: Unpack[Conditions]
    ) -> Target:
        """Do the work, and let the answer not arrive."""
        return self._plan("lose_answer", when, how=how)

    # Webhooks

    def duplicate(self, *, copies: int = 1, **when: Unpack[Conditions]) -> Target:
        """Deliver a webhook so often more."""
        return self._plan("duplicate", when, copies=copies)

    def delay(self, *, seconds: float, **when: Unpack[Conditions]) -> Target:
        """Deliver a webhook so many seconds later."""
        return self._plan("delay", when, seconds=seconds)

    def reorder(self, *, behind: int = 1, **when: Unpack[Conditions]) -> Target:
        """Deliver a webhook after so many later ones."""
        return self._plan("reorder", when, behind=behind)

    # Mail, databases, caches

    def smtp(self, *, code: int, text: str = "", **when: Unpack[Conditions]) -> Target:
        """Answer a command with 4xx, to be tried again, or 5xx, for good."""
        return self._plan("smtp", when, code=code, text=text)

    def sql_error(
        self,
        *,
        error: str = "OperationalError",
        sqlstate: str = "",
        message: str = "",
        **when: Unpack[Conditions],
    ) -> Target:
        """Let a statement or a commit fail in the database; nothing is done."""
        return self._plan("sql_error", when, error=error, sqlstate=sqlstate, message=message)

    def valkey_error(
        self,
        *,
        message: str = "LOADING Valkey is loading the dataset in memory",
        **when: Unpack[Conditions],
    ) -> Target:
        """Answer a command of the cache with an error."""
        return self._plan("valkey_error", when, message=message)

    # Processes and files

    def kill(self, **when: Unpack[Conditions]) -> Target:
        """Kill the server's process."""
        return self._plan("kill", when)

    def restart(self, *, after: float = 0.0, **when: Unpack[Conditions]) -> Target:
        """Kill the server's process, and start it again after so many seconds."""
        return self._plan("restart", when, after=after)

    def exit(
        self, *, code: int = 1, stdout: str = "", stderr: str = "", **when: Unpack[Conditions]
    ) -> Target:
        """Let a program end at once with this code; below 0 by this signal."""
        return self._plan("exit", when, code=code, stdout=stdout, stderr=stderr)

    def not_started(self, *, errno: str = "ENOENT", **when: Unpack[Conditions]) -> Target:
        """Let a program not be found, or not be executable."""
        return self._plan("not_started", when, errno=errno)

    def file_error(self, *, errno: str, **when: Unpack[Conditions]) -> Target:
        """Let an operation on a file fail: ENOSPC, EACCES, EIO, ..."""
        return self._plan("file_error", when, errno=errno)

    def short_write(self, *, size: int, then: str = "ENOSPC", **when: Unpack[Conditions]) -> Target:
        """Let so many bytes get into the file, and the next write fail."""
        return self._plan("short_write", when, size=size, then=then)


class Planner:
    """Collects faults into a plan, outside of a test; inside, the fixture `faults` does."""

    def __init__(self, seed: int = 0) -> None:
        self.plan = Plan(seed)

    def on(self, name: str, **match: str) -> Target:
        """Give the calls at the boundary `name` that match; without a match all."""
        return Target(name, match, self._add)

    def _add(self, rule: Rule) -> None:
        rule.check(f"faults[{len(self.plan.rules)}]")
        self.plan = Plan(self.plan.seed, (*self.plan.rules, rule))


def _when(given: Conditions, name: str, kind: str) -> When:
    table: dict[str, Any] = dict(given)
    if (calls := table.get("calls")) is not None:
        if isinstance(calls, str) or not isinstance(calls, int | Iterable):
            raise BadParameter(
                f"calls is {calls!r}, and a number or a list of numbers is expected",
                place=f"faults.on({name!r}): {kind}",
                fix="write calls=[1], for the first call",
            )
        table["calls"] = [calls] if isinstance(calls, int) else list(calls)
    return When.from_json(table, f"faults.on({name!r}): {kind}: when")
