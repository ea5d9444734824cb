"""The parts of the fence that are plain functions: filter, addresses, DNS, messages, settings."""

from __future__ import annotations

import importlib
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import belljar.fence
from belljar.fence import BadFenceSetting, Breach, FenceUnavailable, client, explain, starting
from belljar.fence.addresses import parse_address, parse_sockaddr
from belljar.fence.asking import is_here, sockets_at
from belljar.fence.declared import Declared
from belljar.fence.filtering import calls_of, program
from belljar.fence.listening import _sockets_by_table
from belljar.fence.lookups import answer, is_own, query_name, without_search
from belljar.fence.starting import mode
from belljar.fence.supervisor import Supervisor

ALLOW, NOTIFY, NO_SUCH_CALL = 0x7FFF0000, 0x7FC00000, 0x00050000 | 38


def decided(machine: str, number: int, argument4: int = 0, audit: int | None = None) -> int:
    """Gives what the filter returns for a call, as the kernel would run it."""
    audit = calls_of(machine).audit if audit is None else audit
    data = struct.pack("<IIQ6Q", number, audit, 0, 0, 0, 0, 0, argument4, 0)
    steps = list(struct.iter_unpack("<HBBI", program(machine)))
    place = loaded = 0
    while True:
        opcode, true, false, operand = steps[place]
        place += 1
        if opcode == 0x06:
            return int(operand)
        if opcode == 0x20:
            (loaded,) = struct.unpack_from("<I", data, operand)
        else:
            place += true if (loaded == operand if opcode == 0x15 else loaded >= operand) else false


@pytest.mark.parametrize(
    ("machine", "connect", "sendto", "sendmsg", "sendmmsg", "read"),
    [("x86_64", 42, 44, 46, 307, 0), ("aarch64", 203, 206, 211, 269, 63)],
)
def test_the_filter_asks_about_ways_out_and_nothing_else(
    machine: str, connect: int, sendto: int, sendmsg: int, sendmmsg: int, read: int
) -> None:
    for number in (connect, sendmsg, sendmmsg):
        assert decided(machine, number) == NOTIFY
    assert decided(machine, read) == ALLOW
    # `send` is a `sendto` without an address: what it goes on was judged when it was connected.
    assert decided(machine, sendto) == ALLOW
    assert decided(machine, sendto, 0x1000) == NOTIFY
    assert decided(machine, sendto, 1 << 32) == NOTIFY
    assert decided(machine, 425) == NO_SUCH_CALL
    assert decided(machine, connect, audit=0x40000003) == ALLOW


def test_the_filter_knows_the_second_numbers_of_x86_64() -> None:
    assert decided("x86_64", 0x40000000 + 42) == NO_SUCH_CALL


def test_a_machine_without_a_filter_is_named() -> None:
    with pytest.raises(FenceUnavailable, match=r"riscv64.*aarch64, x86_64"):
        calls_of("riscv64")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "other"),
        (b"\2", "other"),
        (b"\2\0\0\x50\xc0", "other"),
        (b"\0\0" + bytes(14), "other"),
        (b"\2\0\0\x50" + bytes(12), "loopback"),
        (b"\12\0\0\x50" + bytes(24), "loopback"),
        (b"\1\0\0name", "abstract"),
        (b"\1\0/a/b\0rest", "path"),
        (b"\1\0", "other"),
        (b"\x10\0" + bytes(10), "other"),
    ],
)
def test_a_socket_address_is_read_or_left_to_the_kernel(data: bytes, kind: str) -> None:
    assert parse_sockaddr(data).kind == kind


def test_no_family_is_ipv4_when_something_is_sent() -> None:
    data = b"\0\0\0\x50\xc0\0\2\1" + bytes(8)
    assert str(parse_sockaddr(data, sending=True)) == "192.0.2.1:80"


@pytest.mark.parametrize("text", ["", ":80", "host:port", "192.0.2.1:70000"])
def test_an_address_that_is_none_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(BadFenceSetting, match="give HOST:PORT"):
        parse_address(text)


def test_the_variable_with_a_bad_address_is_named() -> None:
    with pytest.raises(BadFenceSetting, match="BELLJAR_FENCE_ALLOW: 'db:x'"):
        Declared.read({"BELLJAR_FENCE_ALLOW": "192.0.2.1:80,db:x"})


def test_an_unknown_way_to_fence_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadFenceSetting, match="choose one of on, off, report, audit"):
        mode({"BELLJAR_FENCE": "maybe"})


def question(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return b"\xab\xcd\1\0\0\1" + bytes(6) + labels + b"\0" + struct.pack(">HH", kind, 1)


def test_a_question_is_answered_with_no_such_name() -> None:
    asked = question("DB.example.com")
    reply = answer(asked, {})
    assert query_name(asked) == "db.example.com"
    assert reply[:2] == asked[:2]
    assert reply[3] & 15 == 3


def test_declared_names_and_localhost_have_addresses() -> None:
    names = {"db.example.com": ["192.0.2.1", "2001:db8::1"]}
    four = answer(question("db.example.com"), names)
    six = answer(question("db.example.com", 28), names)
    assert (four[3] & 15, four[-4:]) == (0, bytes([192, 0, 2, 1]))
    assert six[-16:-12] == b"\x20\x01\x0d\xb8"
    assert answer(question("localhost"), {})[-4:] == bytes([127, 0, 0, 1])
    # Of another kind there is nothing, but the name exists.
    assert answer(question("db.example.com", 16), names)[3] & 15 == 0


@pytest.mark.parametrize(
    "data", [b"", b"hello", question("a")[:-6], b"\0" * 12 + b"\xc0\0\0\1\0\1"]
)
def test_what_is_no_question_has_no_name(data: bytes) -> None:
    assert query_name(data) in ("", "a")


def test_loopbacks_names_and_the_own_are_own() -> None:
    assert is_own("localhost")
    assert is_own("1.0.0.127.in-addr.arpa")
    assert is_own("nowhere.invalid")
    assert not is_own("example.com")


def test_a_name_tried_in_the_machines_domains_is_told_as_written(tmp_path: Path) -> None:
    config = tmp_path / "resolv.conf"
    config.write_text("search corp.example\n", encoding="utf-8")
    assert without_search("payments.corp.example", config) == "payments"
    assert without_search("payments", config) == "payments"


def breach(**given: str) -> Breach:
    fields = {"source": "", "command": "curl it", "address": "127.0.0.1:41873", "kind": "service"}
    return Breach(pid=7, **(fields | given))


def test_a_breach_names_the_address_and_the_line_to_add() -> None:
    text = explain([breach(label="//services/mocks/payments", name="payments")], "//pkg:t_test")
    assert text == (
        "//pkg:t_test connected to 127.0.0.1:41873, which is payments (//services/mocks/payments); its "
        'services= does not have it. Add to the BUILD file: services = ["//services/mocks/payments"]\n'
        "  by: curl it (pid 7)"
    )


def test_a_services_breach_names_the_service_and_its_deps() -> None:
    text = explain([breach(source="//svc:orders", label="//m:pay", name="pay")], "//pkg:t_test")
    assert text.startswith(
        "//svc:orders connected to 127.0.0.1:41873, which is pay (//m:pay); its deps="
    )
    assert 'Add to //svc:orders\'s test_service: deps = ["//m:pay"]' in text
    assert 'to be called back: callbacks = ["//svc:orders"] there' in text


def test_a_lookup_names_the_host_and_how_to_declare() -> None:
    text = explain(
        [breach(kind="lookup", host="db.example.com", address="192.0.2.53:53")] * 4, "//pkg:t_test"
    )
    assert text.count("//pkg:t_test looked up db.example.com") == 1
    assert "Hosts outside are never reached" in text
    assert '"BELLJAR_FENCE_ALLOW": "db.example.com"' in text


def test_attempts_that_repeat_are_counted_and_a_flood_is_cut() -> None:
    assert "3 attempts" in explain([breach()] * 3, "t")
    flood = [breach(address=f"192.0.2.1:{port}", kind="outside") for port in range(1, 31)]
    assert "... and 10 more" in explain(flood, "t")


def test_the_menu_is_complete_and_leads_somewhere() -> None:
    assert belljar.fence.__all__ == sorted(belljar.fence.__all__)
    for name in belljar.fence.__all__:
        assert getattr(belljar.fence, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing"):
        belljar.fence.nothing  # noqa: B018 (it is looked up)


def test_what_a_start_does_not_need_is_not_loaded() -> None:
    """Every target pays for it: there is no bytecode of our own."""
    code = (
        "import sys; from belljar.fence import client, filtering, plugin, reporting, starting\n"
        "print(starting.declared(), *sorted(name for name in sys.modules if 'belljar.fence.' in name))"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BELLJAR_")}
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | {"PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout.split()
    needed = ("client", "errors", "filtering", "plugin", "reporting", "starting")
    assert loaded == ["None", *(f"belljar.fence.{name}" for name in needed)]


def test_errors_are_one_tree() -> None:
    errors = importlib.import_module("belljar.fence.errors")
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.FenceError)


def test_an_address_of_another_machine_is_not_here() -> None:
    assert is_here("127.0.0.1")
    assert not is_here("192.0.2.1")
    assert not is_here("vsock 2")


def test_a_supervisor_that_ends_keeps_nobody_waiting() -> None:
    """Not even by an error of its own: its listener is closed, so that calls fail."""
    listener, end = os.pipe()
    os.write(end, b".")  # readable, and no listener: the first call can't be read
    os.close(end)
    with pytest.raises(OSError, match="ioctl"):
        Supervisor(listener, ancestor=True).serve()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(listener)


def test_a_fence_that_only_reports_is_missing_from_the_seal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: dict[str, object] = {}
    monkeypatch.setenv("BELLJAR_FENCE", "report")
    monkeypatch.delenv("BELLJAR_FENCE_SEEN", raising=False)
    stub = SimpleNamespace(partial="", open_session=lambda **given: opened.update(given))
    monkeypatch.setattr(client.Client, "connect", lambda: stub)
    monkeypatch.setattr(client, "enter", lambda fence: None)
    monkeypatch.setattr(starting, "hand_over", lambda inside: None)
    gate = starting.Gate()
    gate.enter()
    assert gate.settle(private=True, folders=[]) == "fence only reports, by BELLJAR_FENCE"
    assert opened["refuses"] is False


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_kernel_and_tables_agree_on_who_listens(host: str, kind: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    near = "::1" if ":" in host else "127.0.0.1"
    with socket.socket(family, kind) as server:
        server.bind((host, 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        port = server.getsockname()[1]
        inode = {str(os.fstat(server.fileno()).st_ino)}
        assert _sockets_by_table(parse_address(f"[{near}]:{port}"), os.getpid()) == inode
        assert sockets_at(near, port) == inode
        if host == "::":  # both versions at once
            assert _sockets_by_table(parse_address(f"127.0.0.1:{port}"), os.getpid()) == inode
            assert sockets_at("127.0.0.1", port) == inode
    assert sockets_at(near, port) == set()
