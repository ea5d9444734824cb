"""The rules of the fence, one by one, without a kernel that enforces them."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from belljar.fence import asking
from belljar.fence.addresses import Address, parse_address
from belljar.fence.declared import Declared
from belljar.fence.family import Family
from belljar.fence.policy import Policy, Session

PAYMENTS = "//mocks:payments"


class Relatives(Family):
    """Processes 1 (the test), 2 (orders) and 3 (payments)."""

    def source(self, pid: int) -> str:
        return {2: "//svc:orders", 3: PAYMENTS}.get(pid, "")

    def chain(self, pid: int) -> Iterator[int]:
        return iter([pid])

    def descendants(self, root: int) -> list[int]:
        return []

    def command(self, pid: int) -> str:
        return f"program {pid}"


@pytest.fixture
def policy() -> Policy:
    return Policy(Relatives())


@pytest.fixture
def session() -> Session:
    session = Session(root=1, private=True, folders=["/own/"], declared=Declared())
    session.register("127.0.0.1:4711", PAYMENTS, "payments")
    return session


@pytest.mark.parametrize("text", ["127.0.0.1:4711", "127.0.0.2:4711", "[::1]:4711", "0.0.0.0:4711"])
def test_a_service_is_known_at_each_address_of_its_port(
    policy: Policy, session: Session, text: str
) -> None:
    verdict = policy.judge(parse_address(text), 1, session)
    assert verdict.code == errno.ECONNREFUSED
    assert verdict.breach is not None
    assert (verdict.breach.kind, verdict.breach.name) == ("service", "payments")


@pytest.mark.parametrize(("pid", "source"), [(1, ""), (2, "//svc:orders")])
def test_who_is_allowed_a_service_reaches_it(
    policy: Policy, session: Session, pid: int, source: str
) -> None:
    place = parse_address("127.0.0.1:4711")
    assert policy.judge(place, pid, session).code
    session.allow(source, [PAYMENTS])
    assert not policy.judge(place, pid, session).code
    other = 3 - pid
    assert policy.judge(place, other, session).code


def test_a_service_reaches_itself(policy: Policy, session: Session) -> None:
    assert not policy.judge(parse_address("127.0.0.1:4711"), 3, session).code


def test_other_loopback_of_a_private_network_is_the_tests_own(
    policy: Policy, session: Session
) -> None:
    assert not policy.judge(parse_address("127.0.0.1:4712"), 1, session).code
    assert not policy.judge(parse_address("@name"), 1, session).code


@pytest.mark.parametrize("host", ["192.0.2.1", "[2001:db8::1]", "255.255.255.255", "224.0.0.251"])
def test_everything_else_is_outside(policy: Policy, session: Session, host: str) -> None:
    verdict = policy.judge(parse_address(f"{host}:80"), 1, session)
    assert verdict.code == errno.ENETUNREACH
    assert verdict.breach is not None
    assert verdict.breach.kind == "outside"


def test_who_asks_for_the_way_alone_is_told_nothing(policy: Policy, session: Session) -> None:
    """Of a host with several addresses getaddrinfo does, at port 0, to put them in order."""
    verdict = policy.judge(parse_address("192.0.2.1:0"), 1, session)
    assert (verdict.code, verdict.breach) == (errno.ENETUNREACH, None)


def test_an_own_address_is_not_outside(
    policy: Policy, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As loopback's are: what counts is who listens there."""
    monkeypatch.setattr(asking, "is_here", {"192.0.2.1": True}.get)
    session.private = False
    assert not policy.judge(parse_address("192.0.2.1:9"), 1, session).code
    service = policy.judge(parse_address("192.0.2.1:4711"), 1, session)
    assert service.breach is not None
    assert service.breach.label == PAYMENTS
    assert policy.judge(parse_address("192.0.2.2:9"), 1, session).code == errno.ENETUNREACH


def test_the_machine_that_this_one_runs_on_is_outside(policy: Policy, session: Session) -> None:
    import struct

    from belljar.fence.addresses import parse_sockaddr

    vsock = parse_sockaddr(struct.pack("<HHII", 40, 0, 1024, 2) + bytes(4))
    assert policy.judge(vsock, 1, session).code == errno.ENETUNREACH


@pytest.mark.parametrize("text", ["192.0.2.53:53", "127.0.0.53:53"])
def test_port_53_is_a_lookup(policy: Policy, session: Session, text: str) -> None:
    verdict = policy.judge(parse_address(text), 1, session)
    assert verdict.lookup
    assert verdict.breach is not None
    assert verdict.breach.kind == "lookup"


@pytest.mark.parametrize(
    "path", ["/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve", "/dev/log"]
)
def test_name_services_and_the_log_refuse_without_a_word(
    policy: Policy, session: Session, path: str
) -> None:
    verdict = policy.judge(Address("path", path=path), 1, session)
    assert (verdict.code, verdict.breach) == (errno.ECONNREFUSED, None)


def test_a_socket_of_the_machine_is_refused_except_in_own_folders(
    policy: Policy, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.chdir(tmp_path)  # its path may be too long to bind
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind("engine.sock")
        place = Address("path", path=str(tmp_path / "engine.sock"))
        strange = policy.judge(place, 1, session)
        session.folders = (f"{tmp_path.resolve()}/",)
        own = policy.judge(place, 1, session)
    assert strange.code == errno.ECONNREFUSED
    assert strange.breach is not None
    assert strange.breach.kind == "machine"
    assert not own.code


@pytest.mark.parametrize(
    "setting",
    ["192.0.2.1:80", "192.0.2.1", "[2001:db8::1]:80, 192.0.2.1:80", "198.51.100.1,192.0.2.1"],
)
def test_what_the_target_lists_is_allowed(policy: Policy, setting: str) -> None:
    declared = Declared.read({"BELLJAR_FENCE_ALLOW": setting})
    session = Session(root=1, private=True, folders=[], declared=declared)
    assert not policy.judge(parse_address("192.0.2.1:80"), 1, session).code
    assert policy.judge(parse_address("192.0.2.9:80"), 1, session).code


@pytest.mark.parametrize(
    ("variable", "url", "reached"),
    [
        ("BELLJAR_POSTGRES_URL", "postgresql://me@192.0.2.1/db", "192.0.2.1:5432"),
        ("BELLJAR_POSTGRES_URL", "postgresql://me@192.0.2.1:5433/db", "192.0.2.1:5433"),
        ("BELLJAR_POSTGRES_URL", "postgresql:///db?host=/srv/pg", "/srv/pg/.s.PGSQL.5432"),
        ("BELLJAR_POSTGRES_URL", "postgresql://%2Fsrv%2Fpg/db", "/srv/pg/.s.PGSQL.5432"),
        ("BELLJAR_VALKEY_URL", "valkey://[2001:db8::1]/0", "[2001:db8::1]:6379"),
        ("BELLJAR_VALKEY_URL", "unix:///srv/valkey.sock", "/srv/valkey.sock"),
    ],
)
def test_servers_that_the_environment_names_are_allowed(
    policy: Policy, variable: str, url: str, reached: str
) -> None:
    declared = Declared.read({variable: url})
    session = Session(root=1, private=False, folders=[], declared=declared)
    assert not policy.judge(parse_address(reached), 1, session).code
