"""`ProxyBoundary`: fault plans at a proxy: each statement, command or connection is a call.

    with FaultProxy("127.0.0.1:5432", protocol="postgres") as proxy:
        faults.register(ProxyBoundary("orders_db", "postgres", proxy))
        faults.on("orders_db", verb="COMMIT").lose_answer(calls=[1])

The same engine decides as at every other boundary, so counts, seconds, chance and records are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from belljar.faults.engine import FaultEngine
from belljar.faults.errors import ImpossibleFault
from belljar.faults.fault import Fault
from belljar.faults.kind import kind_named
from belljar.faults.matching import Call
from belljar.faults.noted import Noted
from belljar.faults.plan import Plan
from belljar.faults.rule import Rule
from belljar.mocks.proxy.errors import BadFault
from belljar.mocks.proxy.fault_proxy import FaultProxy
from belljar.mocks.proxy.faults import FAMILIES, toxic_for
from belljar.mocks.proxy.planned import Beginning
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["ProxyBoundary"]

# At tcp these have no toxic: the connection begins with them.
AT_ONCE = ("garbage", "refuse")


class ProxyBoundary:
    """A boundary of the family tcp, postgres or valkey, at one proxy or several."""

    def __init__(self, name: str, family: str, *proxies: FaultProxy) -> None:
        if family not in FAMILIES:
            raise BadFault(f"the boundary {name!r} is of {family!r}", f"use {', '.join(FAMILIES)}")
        self.name = name
        self.family = family
        self.engine = FaultEngine(Plan(), name, family)
        self._said = Plan()
        self._rests = False
        self._proxies: list[FaultProxy] = []
        for proxy in proxies:
            self.attach(proxy)

    def __repr__(self) -> str:
        return f"<ProxyBoundary {self.name} ({self.family})>"

    def attach(self, proxy: FaultProxy) -> None:
        """Be at this proxy too."""
        self._proxies.append(proxy)
        proxy.plan_by(self)

    def detach(self, proxy: FaultProxy) -> None:
        """Be there no more: it is about to be closed."""
        self._proxies.remove(proxy)

    # As a boundary

    def apply(self, plan: Plan) -> None:
        """Work by this plan."""
        for index, rule in enumerate(plan.rules):
            if rule.on == self.name:
                rule.check_family(self.family, f"faults[{index}]")
                self._check(rule, f"faults[{index}]")
        self._said = plan
        # Which way the bytes go is no matter of which connection it is.
        rules = tuple(
            replace(rule, match={}) if self.family == "tcp" and rule.on == self.name else rule
            for rule in plan.rules
        )
        self.engine.update(replace(plan, rules=rules))
        self._rests = False

    def record(self) -> Plan:
        """Give what has happened, as a plan."""
        done = self.engine.record()
        rules = [
            replace(rule, when=its.when)
            for rule, its in zip(self._said.rules, done.rules, strict=True)
        ]
        return replace(self._said, rules=tuple(rules))

    def clear(self) -> None:
        """Let no more faults happen; connections that were spoilt end."""
        # A new one: it is there for the next test, too.
        self.engine = FaultEngine(Plan(), self.name, self.family)
        self._said = Plan()
        self.rest()
        self._rests = False

    def watch(self) -> None:
        """Begin to note calls."""
        self.engine.watch()
        self._rests = False

    def calls(self) -> list[Noted]:
        """Give the calls since then."""
        return self.engine.calls()

    def rest(self) -> None:
        """Let everything pass until the next plan, and end what waits; the record stays."""
        self._rests = True
        for proxy in self._proxies:
            proxy.let_go()

    def _check(self, rule: Rule, place: str) -> None:
        if self.family == "tcp" and rule.kind in AT_ONCE:
            return
        values = kind_named(rule.kind).whole(rule.values, place)
        if rule.kind == "latency":
            values = {"mean": values["mean"]}  # how it is spread is drawn before
        try:
            Toxic.from_json(toxic_for(rule.kind, values, self.family))
        except BadFault as error:
            raise ImpossibleFault(error.error, place=place, fix=error.fix) from None

    # As the plan of its proxies

    @property
    def idle(self) -> bool:
        """Whether it has nothing planned, and nobody watches."""
        return self._rests or self.engine.idle

    def beginning(self) -> Beginning:
        """Give what is planned for a new connection; at other families their sessions ask."""
        if self.family != "tcp":
            return Beginning()
        faults = self.engine.decide(Call("connect"))
        return Beginning(
            refused=any(fault.kind == "refuse" for fault in faults),
            noise=b"".join(fault["bytes"] for fault in faults if fault.kind == "garbage"),
            toxics=[self._toxic(fault) for fault in faults if fault.kind not in AT_ONCE],
        )

    def during(self, method: str, attributes: dict[str, str]) -> Sequence[Toxic]:
        """Give the toxics for this statement or command."""
        faults = self.engine.decide(Call(method, attributes=attributes))
        return [self._toxic(fault) for fault in faults]

    def _toxic(self, fault: Fault) -> Toxic:
        values = dict(fault.values)
        if fault.kind == "latency":
            values = {"mean": fault["seconds"]}
        body = toxic_for(fault.kind, values, self.family)
        way = self._said.rules[fault.index].match.get("direction")
        toxic = Toxic.from_json(body | ({"stream": way} if way else {}))
        toxic.noise = fault.values.get("bytes", b"")
        return toxic
