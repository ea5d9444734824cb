"""`Attempt`: runs a call with one fault planned, and tells how it is not as its fallback says."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from belljar.faults.plan import Plan
from belljar.mocks.registry.errors import BadEntry
from belljar.mocks.registry.fallback import Fallback
from belljar.mocks.registry.registered import entry_of
from belljar.mocks.stable import stable
from belljar.sweep.limits import Hung, time_limit
from belljar.sweep.trials import Trial

__all__ = ["Attempt", "Try"]

# Errors are a mistake of the test: its line is shown, and not those in here.
__tracebackhide__ = True

STEP = 0.01
# The work is done and the answer is there, but spoilt: code that does not read it is not harmed.
SPOILT = frozenset(("malformed_json", "truncated_json", "wrong_content_length", "cut"))
_ADDRESS = re.compile(r"0x[0-9a-f]+")


@dataclass(frozen=True)
class Try:
    """How a call ended: with a result, an error, or not at all; and what has come of it."""

    result: Any = None
    error: BaseException | None = None
    hung: bool = False
    effects: Counter[str] | None = None

    @property
    def shown(self) -> str:
        """For a person."""
        if self.hung:
            return "hung"
        if self.error is not None:
            text = str(self.error).partition("\n")[0][:200]
            return f"raised {type(self.error).__name__}{f': {text}' if text else ''}"
        return f"returned {self.result!r}"[:300]


class Attempt:
    """A call and its fallback; the call has run once without a fault, and that is what is compared with."""

    def __init__(
        self,
        client: Any,
        call: Callable[[Any], object],
        fallback: Fallback,
        match: Mapping[str, str],
        limit: float,
    ) -> None:
        self._client = client
        self._call = call
        self._fallback = fallback
        self._match = dict(match)
        self._limit = limit
        name = entry_of(client).name
        if not callable(call):
            raise BadEntry(f"{call!r} can't be called", fix=f"give a function of {name}'s client")
        if not limit > 0:
            raise BadEntry(f"limit={limit!r} leaves no time", fix="give it seconds, more than 0")
        boundaries = getattr(client, "boundaries", None) or {name: "http"}
        self._boundary = next(iter(boundaries))
        client.reset()
        self._well = self._run()
        if self._well.error is not None or self._well.hung:
            raise BadEntry(
                f"the call {self._well.shown}, and there was no fault at {name}",
                fix="let it work without faults first",
            ) from self._well.error
        if not client.journal():
            raise BadEntry(
                f"the call sent nothing to {name}: there is nothing to fall back from",
                fix="let the code speak to the client's url",
            )

    def broken(self, trial: Trial) -> str:
        """Return how the code did not do as it should; nothing if it did."""
        client = self._client
        client.reset()
        when = {"times": self._fallback.times} if self._fallback.kind == "retry" else {}
        rule = {"on": self._boundary, "match": self._match, "kind": trial.kind, "when": when}
        client.set_faults(
            Plan.from_json(
                {"version": 1, "seed": 0, "faults": [{**rule, "with": dict(trial.values)}]}
            ).to_json()
        )
        try:
            tried = self._run()
            struck = bool(client.faults_record()["faults"][0]["when"].get("calls"))
            if tried.hung:
                return f"hung: it was not over after {self._limit:g} s"
            if not struck:
                return "was never met by the fault: match= says another call"
            if trial.kind in SPOILT and self._unharmed(tried):
                return ""
            return self._judged(tried)
        finally:
            client.clear_faults()

    def _judged(self, tried: Try) -> str:
        fallback = self._fallback
        if fallback.kind == "raises":
            return "" if isinstance(tried.error, fallback.errors) else tried.shown
        if tried.error is not None:
            return tried.shown
        if fallback.kind == "default":
            value = fallback.value
            right = value(tried.result) if callable(value) else tried.result == value
            return "" if right else tried.shown
        return self._retried(tried) if fallback.kind == "retry" else self._queued()

    def _retried(self, tried: Try) -> str:
        journal = self._client.journal()
        met = {_telling(each): each["number"] for each in journal if each["fault"]}
        if not any(
            not each["fault"] and each["number"] > met.get(_telling(each), 1 << 60)
            for each in journal
        ):
            return f"did not try again, and {tried.shown}"
        if tried.effects != self._well.effects:
            return f"tried again, and {_effects(tried.effects, self._well.effects)}"
        if _comparable(tried.result) != _comparable(self._well.result):
            return f"tried again, and {tried.shown}, not {self._well.result!r}"
        return ""

    def _queued(self) -> str:
        client, fallback = self._client, self._fallback
        client.clear_faults()
        if fallback.deliver is not None:
            try:
                with time_limit(self._limit):
                    fallback.deliver(client)
            except Hung:
                return f"hung when it was to deliver: not over after {self._limit:g} s"
            except Exception as error:
                return f"failed to deliver: {Try(error=error).shown}"
        until = time.monotonic() + fallback.within
        while (effects := client.effects()) != self._well.effects:
            if time.monotonic() > until or effects - self._well.effects:
                return f"went on, and {_effects(effects, self._well.effects)}"
            time.sleep(STEP)  # between two looks
        return ""

    def _unharmed(self, tried: Try) -> bool:
        return (
            tried.error is None
            and tried.effects == self._well.effects
            and _comparable(tried.result) == _comparable(self._well.result)
        )

    def _run(self) -> Try:
        # Code that ends the program must not end the test.
        caught: tuple[type[BaseException], ...] = (Exception, SystemExit, *self._fallback.errors)
        try:
            with time_limit(self._limit):
                result = self._call(self._client)
        except Hung:
            return Try(hung=True)
        except caught as error:
            return Try(error=error, effects=self._client.effects())
        return Try(result, effects=self._client.effects())


def _telling(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["method"], stable(entry["path"])


def _comparable(value: object) -> str:
    return stable(_ADDRESS.sub("", repr(value)))


def _effects(found: Counter[str] | None, expected: Counter[str] | None) -> str:
    there, wanted = found or Counter(), expected or Counter()
    parts = [f"{name}: {count} times too often" for name, count in (there - wanted).items()]
    parts += [f"{name}: {count} times too few" for name, count in (wanted - there).items()]
    return "did " + "; ".join(parts)
