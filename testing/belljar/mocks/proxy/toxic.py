"""`Toxic`: one toxic of a proxy, as the API shows it, and whom it happens to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from random import Random

from belljar.mocks.proxy.attributes import Value, checked
from belljar.mocks.proxy.errors import BadAttributes, BadRequest, BadStream, BadToxicType
from belljar.mocks.proxy.registry import ToxicType, toxic_type

__all__ = ["STREAMS", "Toxic"]

STREAMS = ("upstream", "downstream")


class Toxic:
    """A toxic with its attributes, and a count of the cases that it saw and happened to.

    A case is a connection, or with `per: request` a request. The first `skip` cases, those outside of
    `from_s` and `until_s`, and those after the next `times` are spared; of the rest it happens to
    `toxicity`. The dice are thrown by the number of the case, so a run with the same seed goes the
    same way.
    """

    def __init__(
        self,
        kind: ToxicType,
        *,
        name: str = "",
        stream: str = "downstream",
        toxicity: float = 1.0,
        attributes: Mapping[str, object] | None = None,
        seed: str = "",
    ) -> None:
        if stream not in STREAMS:
            raise BadStream(
                "stream was invalid, can be either upstream or downstream",
                "give upstream (client to server) or downstream (server to client)",
            )
        self.kind = kind
        self.stream = stream
        self.name = name or f"{kind.name}_{stream}"
        self.toxicity = _toxicity(toxicity)
        # One object for the toxic's life: its stages look into it, and so see an update.
        self.values: dict[str, Value] = self._checked(attributes, {})
        # What a fault plan has drawn for the one call that this toxic is for.
        self.noise = b""
        self._start_counting()
        self._seed = f"{seed}/{self.name}"

    @classmethod
    def from_json(cls, given: Mapping[str, object], seed: str = "") -> Toxic:
        """Return the toxic that a request's body describes; raises `BadRequest`."""
        texts = {}
        for field in ("name", "type", "stream"):
            value = given.get(field)
            if value is not None and not isinstance(value, str):
                raise BadRequest(f"bad request body: {field} is {value!r}", "give a text")
            texts[field] = value or ""
        if not texts["type"]:
            raise BadToxicType("invalid toxic type", "give the toxic's type, such as latency")
        toxicity = given.get("toxicity")
        return cls(
            toxic_type(texts["type"]),
            name=texts["name"],
            stream=texts["stream"] or "downstream",
            toxicity=1.0 if toxicity is None else _toxicity(toxicity),
            attributes=_mapping(given.get("attributes")),
            seed=seed,
        )

    def update(self, given: Mapping[str, object]) -> None:
        """Take new attributes and toxicity; what is not given stays."""
        values = self._checked(_mapping(given.get("attributes")), self.values)
        if given.get("toxicity") is not None:
            self.toxicity = _toxicity(given["toxicity"])
        self.values.update(values)
        self._start_counting()

    def as_json(self) -> dict[str, object]:
        """Return what the API shows: Toxiproxy's fields, and how often it happened where that counts."""
        shown: dict[str, object] = {
            "attributes": dict(self.values),
            "name": self.name,
            "type": self.kind.name,
            "stream": self.stream,
            "toxicity": self.toxicity,
        }
        if self.kind.protocol or not {"times", "skip", "per"}.isdisjoint(self.values):
            shown |= {"seen": self.seen, "applied": self.applied}
        return shown

    @property
    def per_request(self) -> bool:
        """Whether its cases are requests."""
        usual = "request" if self.kind.protocol else "connection"
        return self.values.get("per", usual) == "request"

    def claim(self) -> Random | None:
        """Count a case; return its source of randomness if the toxic happens to it, else None."""
        number = self.seen
        self.seen += 1
        times = self.values.get("times")
        if number < int(self.values.get("skip", 0)) or not self._in_time():
            return None
        if times is not None and self._chosen >= int(times):
            return None
        self._chosen += 1
        random = Random(f"{self._seed}/{number}")
        if random.random() >= self.toxicity:
            return None
        self.applied += 1
        return random

    def _start_counting(self) -> None:
        self.seen = self.applied = self._chosen = 0
        self._since = time.monotonic()

    def _in_time(self) -> bool:
        begin, end = self.values.get("from_s"), self.values.get("until_s")
        if begin is None and end is None:
            return True
        now = time.monotonic() - self._since
        return (begin is None or now >= float(begin)) and (end is None or now < float(end))

    def _checked(
        self, given: Mapping[str, object] | None, old: Mapping[str, Value]
    ) -> dict[str, Value]:
        values = checked(self.kind.name, self.kind.all_attributes, given or {}, old)
        if self.kind.check:
            self.kind.check(values)
        begin, end = float(values.get("from_s", 0)), values.get("until_s")
        if end is not None and begin >= float(end):
            raise BadAttributes(
                f"bad request body: from_s is {begin:g} and until_s is {end:g}: that is never",
                "let until_s be later",
            )
        return values


def _toxicity(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise BadRequest(f"bad request body: toxicity is {value!r}", "give a number from 0 to 1")
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadAttributes(
            f"bad request body: attributes are {value!r}",
            'give an object, such as {"latency": 100}',
        )
    return value
