"""Faults of plans as toxics of a proxy."""

from __future__ import annotations

import re
from typing import Any

import pytest

from belljar.faults.families import FAMILIES as ALL_FAMILIES
from belljar.faults.kind import kinds
from belljar.faults.rule import Rule
from belljar.mocks.proxy import BadFault, FaultProxy, toxics_for
from belljar.mocks.proxy.faults import FAMILIES
from tests.proxy.dialling import connect

pytestmark = pytest.mark.integration

# What a kind needs to be told.
NEEDED: dict[str, dict[str, Any]] = {
    "cut": {"after": 5},
    "latency": {"mean": 0.1},
    "slice": {"size": 10},
    "slow": {"bytes_per_second": 5000.0},
}
# A toxic on bytes passes them on and makes none of its own; a boundary at a proxy has it.
NOT_THERE = {("tcp", "garbage")}


def rule(on: str, kind: str, **more: Any) -> dict[str, Any]:
    """Give a fault as a plan has it, checked by belljar.faults."""
    given = {"on": on, "kind": kind, "with": NEEDED.get(kind, {}), **more}
    return Rule.from_json(given, "here").to_json()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_fault_that_fits_a_proxy_is_a_toxic_that_it_takes(echo: str, family: str) -> None:
    assert family in ALL_FAMILIES
    fit = {name for name, kind in kinds().items() if family in kind.fits}
    fit -= {kind for other, kind in NOT_THERE if other == family}
    with FaultProxy(echo) as proxy:
        for kind in sorted(fit):
            assert proxy.add_fault(rule(family, kind)), kind
            proxy.remove_toxics()


def test_conditions_become_counts() -> None:
    (toxic,) = toxics_for(rule("tcp", "reset", when={"times": 2, "skip": 1, "probability": 0.5}))
    assert toxic["attributes"] == {"timeout": 0, "skip": 1, "times": 2}
    assert toxic["toxicity"] == 0.5
    toxics = toxics_for(rule("tcp", "reset", when={"calls": [1, 3, 4]}))
    assert [toxic["attributes"] for toxic in toxics] == [
        {"timeout": 0, "skip": 0, "times": 1},
        {"timeout": 0, "skip": 2, "times": 2},
    ]
    assert len({toxic["name"] for toxic in toxics}) == 2
    (toxic,) = toxics_for(rule("tcp", "reset", when={"from_s": 0.5, "until_s": 2, "times": 1}))
    assert toxic["attributes"] == {"timeout": 0, "from_s": 0.5, "until_s": 2, "times": 1}


def test_what_a_fault_matches_is_what_its_toxic_matches() -> None:
    (toxic,) = toxics_for(rule("postgres", "lose_answer", match={"verb": "commit"}))
    assert toxic["attributes"]["on"] == "commit"
    match = {"statement": "INSERT INTO orders*", "verb": "insert"}
    (toxic,) = toxics_for(rule("postgres", "sql_error", match=match))
    regex = re.compile(toxic["attributes"]["regex"])
    assert regex.search("insert into ORDERS\nVALUES (1)")
    assert not regex.search("insert into other VALUES (1)")
    (toxic,) = toxics_for(rule("valkey", "valkey_error", match={"command": "GET", "key": "a[1]*"}))
    assert re.search(toxic["attributes"]["regex"], "get a[1]2")
    assert not re.search(toxic["attributes"]["regex"], "getset a[1]2")
    assert toxic["attributes"]["key"] == "a[[]1]*"


def test_a_fault_drives_a_proxy(echo: str) -> None:
    with FaultProxy(echo) as proxy:
        proxy.add_fault(rule("tcp", "cut", when={"times": 1}))
        for expected in (b"01234", b"0123456789"):
            with connect(proxy.address) as client:
                client.sendall(b"0123456789")
                heard = b""
                while len(heard) < len(expected):
                    heard += client.recv(10)
                assert heard == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"on": "payments", "kind": "reset"}, "a proxy has faults of tcp, postgres, valkey"),
        ({"on": "tcp", "kind": "status"}, "use cut, latency"),
        ({"on": "tcp", "kind": "cut", "with": {"after": 1, "how": "reset"}}, "limit_data closes"),
    ],
)
def test_a_fault_that_no_toxic_stands_for_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadFault, match=said):
        toxics_for(given)
