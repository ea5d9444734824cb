"""`Breach`: one attempt to reach what the target does not declare, and how a person is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Breach", "explain"]

_LONGEST_COMMAND = 300
# A loop that tries again and again is told of once, with the number of its attempts.
_MOST_SHOWN = 20


@dataclass(frozen=True)
class Breach:
    """Who tried to reach what; empty fields are not known, or do not apply."""

    source: str
    """Label of the service whose process it was; "" is the test itself."""
    pid: int
    command: str
    """The process's command line; it may be a grandchild's."""
    address: str
    """"192.0.2.1:80", "[2001:db8::1]:80" or the path of a socket."""
    host: str = ""
    """The name that was looked up, where the attempt was a DNS lookup."""
    label: str = ""
    """Label of the service that listens there."""
    name: str = ""
    kind: str = "outside"
    """One of

    - service: of this graph, but not declared;
    - machine: a process of the machine that is not the test's;
    - outside: another machine;
    - lookup: DNS;
    - unreadable: an address that the process hides;
    - unjudged: an error of the fence's own, which let the call through.
    """

    def __str__(self) -> str:
        return self.told("this test")

    def told(self, target: str) -> str:
        """Gives the message for a person; `target` is the label of the test."""
        return f"{self._what(self.source or target)}\n  by: {self.command or '?'} (pid {self.pid})"

    def _what(self, who: str) -> str:
        if self.kind == "service":
            attribute = "deps" if self.source else "services"
            where = f"{self.source}'s test_service" if self.source else "the BUILD file"
            # A dep would be a cycle there.
            back = (
                f'; to be called back: callbacks = ["{self.source}"] there' if self.source else ""
            )
            return (
                f"{who} connected to {self.address}, which is {self.name} ({self.label}); its "
                f'{attribute}= does not have it. Add to {where}: {attribute} = ["{self.label}"]{back}'
            )
        if self.kind == "machine":
            return (
                f"{who} connected to {self.address}, where a process of the machine listens that is "
                f"not the test's. {self._declare()}"
            )
        if self.kind == "unreadable":
            return (
                f"{who} opened a connection, to an address that the process hides "
                "(PR_SET_DUMPABLE). Leave that out in tests."
            )
        if self.kind == "unjudged":
            return f"{who}: the fence let a call through that it could not judge {self.address}"
        if self.kind == "lookup":
            asked = self.host or "a host name"
            return (
                f"{who} looked up {asked} (DNS at {self.address}). Hosts outside are never reached "
                f"from a sealed test. {self._declare(self.host)}"
            )
        return (
            f"{who} connected to {self.address}, which is outside. Hosts outside are never reached "
            f"from a sealed test. {self._declare(self.address)}"
        )

    def _declare(self, address: str = "") -> str:
        attribute = "deps" if self.source else "services"
        return (
            f"Put a service of the graph in its place: {attribute} = [...] in the BUILD file, or "
            "database = ... for a database. Where it has to be this one: "
            f'env = {{"BELLJAR_FENCE_ALLOW": "{address or self.address}"}}'
        )


def explain(breaches: Iterable[Breach], target: str) -> str:
    """Gives the text for all of `breaches`, each kind of attempt once; "" for none."""
    counts: dict[tuple[str, ...], list[Breach]] = {}
    for breach in breaches:
        # DNS servers are tried in turn, and one name at each: one lookup.
        what = breach.host or breach.address
        counts.setdefault((breach.source, breach.kind, what, breach.label), []).append(breach)
    lines = []
    for same in list(counts.values())[:_MOST_SHOWN]:
        times = f"\n  {len(same)} attempts" if len(same) > 1 and same[0].kind != "lookup" else ""
        lines.append(same[0].told(target) + times)
    if len(counts) > _MOST_SHOWN:
        lines.append(f"... and {len(counts) - _MOST_SHOWN} more")
    return "\n".join(lines)


def shortened(command: str) -> str:
    """Gives a command line that fits a message."""
    return command if len(command) <= _LONGEST_COMMAND else command[:_LONGEST_COMMAND] + "…"
