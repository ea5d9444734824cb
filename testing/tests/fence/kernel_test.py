"""The fence as the kernel holds it: real connections, from real processes."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from belljar.fence import current

Inside = Callable[..., Any]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux has the kernel's fence"
)


def test_a_raw_call_in_a_child_with_a_cleaned_environment_is_refused_and_named(
    inside: Inside, raw_connect: str
) -> None:
    seen = inside(f"fence = fenced()\nsay(out=child({raw_connect!r}, 'env', '-i').stdout)")
    assert seen.said["out"].strip() == "-1 Network is unreachable"
    assert seen.breach.address == "192.0.2.1:80"
    assert "-I -c" in seen.breach.command


def test_an_orphan_that_left_its_session_is_still_inside(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "read, write = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        os.write(write, connect(('192.0.2.1', 80)).encode())\n"
        "    os._exit(0)\n"
        "said = os.read(read, 100).decode()\n"
        "os.wait()\n"
        "say(said=said)"
    )
    assert seen.said["said"] == "ENETUNREACH"
    # Under Bazel the orphan has become the target's, whose session is told then.
    told = seen.breaches + current().breaches()
    assert [breach.address for breach in told] == ["192.0.2.1:80"]


@pytest.mark.parametrize(
    ("family", "address", "told"),
    [
        ("AF_INET", ("192.0.2.1", 80), "192.0.2.1:80"),
        ("AF_INET6", ("2001:db8::1", 80), "[2001:db8::1]:80"),
        ("AF_INET6", ("::ffff:198.51.100.7", 80), "198.51.100.7:80"),
    ],
)
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_every_kind_of_outside_address_is_unreachable(
    inside: Inside, family: str, address: tuple[str, int], told: str, kind: str
) -> None:
    seen = inside(
        f"fence = fenced()\nsay(out=connect({address!r}, socket.{family}, socket.{kind}))"
    )
    assert seen.said["out"] == "ENETUNREACH"
    assert seen.breach.address == told


@pytest.mark.parametrize(
    "call",
    [
        "udp.sendto(b'x', ('192.0.2.1', 9))",
        "udp.sendmsg([b'x'], [], 0, ('192.0.2.1', 9))",
        # The kernel takes "no family" for IPv4 here.
        "libc.sendto(udp.fileno(), b'x', 1, 0, bytes(2) + ipv4[2:], 16)",
        "libc.sendmmsg(udp.fileno(), messages, 1, 0)",
        # Connects and sends in one go.
        "socket.socket().sendto(b'x', 0x20000000, ('192.0.2.1', 9))",
    ],
)
def test_a_datagram_with_an_address_does_not_get_out(inside: Inside, call: str) -> None:
    seen = inside(
        "fence = fenced()\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "udp = socket.socket(type=socket.SOCK_DGRAM)\n"
        "ipv4 = struct.pack('=H', 2) + struct.pack('>H', 9) + bytes([192, 0, 2, 1]) + bytes(8)\n"
        "name = ctypes.create_string_buffer(ipv4)\n"
        "header = struct.pack('QIxxxxQQQQIxxxx', ctypes.addressof(name), 16, 0, 0, 0, 0, 0)\n"
        "messages = ctypes.create_string_buffer(header + bytes(8))\n"
        f"attempt(lambda: {call})\n"
        "say()"
    )
    assert seen.breach.address == "192.0.2.1:9"


def test_the_calls_that_pass_by_the_filter_do_not_exist(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "given = libc.syscall(425, 4, ctypes.create_string_buffer(256))\n"
        "say(given=given, error=errno.errorcode[ctypes.get_errno()])"
    )
    assert seen.said == {"given": -1, "error": "ENOSYS"}


def test_a_lookup_in_a_child_fails_at_once_and_names_the_host(inside: Inside) -> None:
    seen = inside(
        "import time\n"
        "fence = fenced()\n"
        "begun = time.monotonic()\n"
        "code = subprocess.run(['env', '-i', 'getent', 'hosts', 'db.example.com']).returncode\n"
        "say(code=code, seconds=time.monotonic() - begun)"
    )
    assert seen.said["code"] == 2
    assert seen.said["seconds"] < 2
    assert {breach.host for breach in seen.breaches} == {"db.example.com"}
    assert "getent hosts db.example.com" in seen.breaches[0].command


def test_a_question_sent_without_a_connection_is_named_too(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "question = bytes(5) + b'\\x01' + bytes(6) + b'\\x03api\\x07example\\x00\\x00\\x01\\x00\\x01'\n"
        "udp = socket.socket(type=socket.SOCK_DGRAM)\n"
        "say(out=[attempt(udp.sendto, question, ('192.0.2.53', 53)),\n"
        "         attempt(udp.sendmsg, [question], [], 0, ('192.0.2.53', 53))])"
    )
    assert seen.said["out"] == ["ECONNREFUSED", "ECONNREFUSED"]
    assert [breach.host for breach in seen.breaches] == ["api.example", "api.example"]


def test_localhost_and_the_own_name_may_be_looked_up(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "socket.getaddrinfo('localhost', 80)\n"
        "attempt(socket.getaddrinfo, socket.gethostname(), 80)\n"
        "socket.getfqdn()\n"
        "say()"
    )
    assert seen.breaches == []


def test_what_the_target_lists_may_be_reached_and_looked_up(inside: Inside) -> None:
    """Its address is nobody's, so that "may be reached" is any answer of the kernel's own."""
    seen = inside(
        "fence = fenced()\n"
        "connect(('192.0.2.1', 9), kind=socket.SOCK_DGRAM)\n"
        "connect(('198.51.100.2', 9), kind=socket.SOCK_DGRAM)\n"
        "say()",
        BELLJAR_FENCE_ALLOW="192.0.2.1:9",
        BELLJAR_VALKEY_URL="valkey://198.51.100.3",
    )
    assert seen.breach.address == "198.51.100.2:9"


def test_the_test_and_its_children_reach_what_they_made_themselves(
    inside: Inside, short: Path
) -> None:
    seen = inside(
        "fence = fenced()\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "port = server.getsockname()[1]\n"
        "udp = socket.socket(type=socket.SOCK_DGRAM); udp.bind(('127.0.0.1', 0))\n"
        "path = os.path.join(os.environ['HERE'], 'own.sock')\n"
        "unix = socket.socket(socket.AF_UNIX); unix.bind(path); unix.listen()\n"
        "secret = socket.socket(socket.AF_UNIX); secret.bind(f'\\0own-{os.getpid()}'); secret.listen()\n"
        "code = f'socket.create_connection((\"127.0.0.1\", {port}))'\n"
        "say(mine=connect(('127.0.0.1', port)), mapped=connect(('::ffff:127.0.0.1', port), socket.AF_INET6),\n"
        "    datagram=connect(udp.getsockname(), kind=socket.SOCK_DGRAM),\n"
        "    path=connect(path, socket.AF_UNIX), abstract=connect(secret.getsockname(), socket.AF_UNIX),\n"
        "    child=child(code, 'env', '-i').stderr)",
        HERE=str(short),
    )
    assert seen.breaches == []
    assert seen.said.pop("child") == ""
    assert set(seen.said.values()) == {"ok"}


def test_where_nobody_listens_the_kernel_says_so_and_nothing_is_told(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "held = socket.socket(); held.bind(('127.0.0.1', 0))\n"
        "say(tcp=connect(held.getsockname()), unix=connect('/nowhere/a.sock', socket.AF_UNIX))"
    )
    assert seen.said == {"tcp": "ECONNREFUSED", "unix": "ENOENT"}
    assert seen.breaches == []


def test_what_a_stranger_listens_at_is_refused(inside: Inside, short: Path) -> None:
    """This process is a stranger to the program, which it is the parent of."""
    path = str(short / "a.sock")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as unix,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        udp.bind(("127.0.0.1", 0))
        unix.bind(path)
        unix.listen()
        name = f"\0stranger-{tcp.getsockname()[1]}"
        abstract.bind(name)
        abstract.listen()
        ports = [end.getsockname()[1] for end in (tcp, udp)]
        seen = inside(
            "fence = fenced()\n"
            f"say(out=[connect({tcp.getsockname()!r}), connect({udp.getsockname()!r}, kind=socket.SOCK_DGRAM),\n"
            f"  connect({path!r}, socket.AF_UNIX), connect({name!r}, socket.AF_UNIX)])"
        )
        own = inside(
            "fence = fenced(private=True, folders=[os.environ['HERE']])\n"
            f"say(out=[connect({tcp.getsockname()!r}), connect({path!r}, socket.AF_UNIX),\n"
            f"  connect({name!r}, socket.AF_UNIX)])",
            HERE=str(short),
        )
    assert seen.said["out"] == ["ECONNREFUSED"] * 4
    assert {breach.kind for breach in seen.breaches} == {"machine"}
    addresses = [breach.address for breach in seen.breaches]
    assert addresses[:2] == [f"127.0.0.1:{port}" for port in ports]
    assert addresses[2:] == [path, "@" + name[1:]]
    # In a network and folders of the test's own there are no strangers.
    assert own.said["out"] == ["ok"] * 3
    assert own.breaches == []


def test_a_service_is_reached_only_by_who_declares_it(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "port = server.getsockname()[1]\n"
        "fence.register(f'127.0.0.1:{port}', '//mocks:payments', 'payments')\n"
        "def tell(): return [dataclasses.asdict(breach) for breach in fence.breaches()]\n"
        'code = f\'try: socket.create_connection(("127.0.0.1", {port})); print("ok")\\n'
        "except OSError as error: print(error.errno)'\n"
        "def service(label):\n"
        "    env = dict(os.environ, BELLJAR_SERVICE=label)\n"
        "    inner = [sys.executable, '-I', '-c', 'import socket\\n' + code]\n"
        '    outer = \'import subprocess, sys; subprocess.run(["env", "-i", *sys.argv[1:]])\'\n'
        "    command = [sys.executable, '-I', '-c', outer, *inner]\n"
        "    return subprocess.run(command, env=env, text=True, capture_output=True).stdout.strip()\n"
        "first = connect(('127.0.0.1', port)), service('//svc:orders'), service('//mocks:payments')\n"
        "told = tell()\n"
        "fence.allow('', ['//mocks:payments']); fence.allow('//svc:orders', ['//mocks:payments'])\n"
        "second = connect(('127.0.0.1', port)), service('//svc:orders'), service('//svc:other')\n"
        "others = tell()\n"
        "fence.unregister(f'127.0.0.1:{port}')\n"
        "third = connect(('127.0.0.1', port)), service('//svc:other')\n"
        "say(port=port, told=told, others=others, first=first, second=second, third=third)"
    )
    said = seen.said
    # A service may reach itself.
    assert said["first"] == ["ECONNREFUSED", "111", "ok"]
    assert [(told["source"], told["label"]) for told in said["told"]] == [
        ("", "//mocks:payments"),
        ("//svc:orders", "//mocks:payments"),
    ]
    assert said["second"] == ["ok", "ok", "111"]
    assert [told["source"] for told in said["others"]] == ["//svc:other"]
    assert said["third"] == ["ok", "ok"]
    assert seen.breaches == []


def test_a_services_unix_socket_is_known_by_every_spelling_of_its_path(
    inside: Inside, short: Path
) -> None:
    seen = inside(
        "from pathlib import Path\n"
        "fence = fenced(private=True)\n"
        "folder = Path(os.environ['HERE']); (folder / 'link').symlink_to(folder)\n"
        "path = str(folder / 'a.sock')\n"
        "unix = socket.socket(socket.AF_UNIX); unix.bind(path); unix.listen()\n"
        "fence.register(path, '//mocks:mail', 'mail')\n"
        "os.chdir(folder)\n"
        "say(out=[connect(name, socket.AF_UNIX) for name in (path, 'a.sock', 'link/a.sock')])",
        HERE=str(short),
    )
    assert seen.said["out"] == ["ECONNREFUSED"] * 3
    assert [breach.label for breach in seen.breaches] == ["//mocks:mail"] * 3


def test_many_threads_connect_at_once_and_each_is_judged(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "server = socket.create_server(('127.0.0.1', 0), backlog=512)\n"
        "outcomes = []\n"
        "def both():\n"
        "    for _ in range(10):\n"
        "        outcomes.append(connect(server.getsockname()))\n"
        "    outcomes.append(connect(('192.0.2.1', 80)))\n"
        "threads = [threading.Thread(target=both) for _ in range(20)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "say(ok=outcomes.count('ok'), refused=outcomes.count('ENETUNREACH'))"
    )
    assert seen.said == {"ok": 200, "refused": 20}
    assert len(seen.breaches) == 20


def test_a_process_killed_in_the_middle_of_a_call_stops_nobody(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "code = 'import socket\\nwhile True: print(flush=True); socket.socket().connect_ex((\"127.0.0.1\", 9))'\n"
        "for _ in range(20):\n"
        "    loop = subprocess.Popen([sys.executable, '-I', '-c', code], stdout=subprocess.PIPE)\n"
        "    loop.stdout.readline(); loop.kill(); loop.wait(); loop.stdout.close()\n"
        "fence.breaches()\n"
        "say(out=connect(('192.0.2.1', 80)))"
    )
    assert seen.said["out"] == "ENETUNREACH"


def test_a_signal_does_not_make_a_call_fail_or_start_again_for_ever(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "server = socket.create_server(('127.0.0.1', 0), backlog=512)\n"
        "signal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)\n"
        "outcomes = {connect(server.getsockname()) for _ in range(200)}\n"
        "signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "say(outcomes=sorted(outcomes))"
    )
    assert seen.said["outcomes"] == ["ok"]


def test_other_families_and_pairs_are_nobodys_business(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\n"
        "one, two = socket.socketpair()\n"
        "one.sendmsg([b'x'])\n"
        "say(netlink=attempt(netlink.connect, (0, 0)), got=two.recv(9).decode())"
    )
    assert seen.said == {"netlink": "ok", "got": "x"}
    assert seen.breaches == []


def test_a_process_that_hides_its_memory_is_refused(inside: Inside) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every process")
    seen = inside(
        "fence = fenced()\n"
        "code = 'import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\\n'\n"
        "code += 'print(socket.socket().connect_ex((\"192.0.2.1\", 80)))'\n"
        "say(out=child(code).stdout.strip())"
    )
    assert seen.said["out"] == "1"
    assert seen.breach.kind == "unreadable"


def test_a_fork_has_a_connection_of_its_own(inside: Inside) -> None:
    seen = inside(
        "fence = fenced()\n"
        "read, write = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    connect(('192.0.2.1', 80))\n"
        "    os.write(write, json.dumps([b.address for b in current().breaches()]).encode())\n"
        "    os._exit(0)\n"
        "told = os.read(read, 1000).decode(); os.wait()\n"
        "say(told=told)"
    )
    assert json.loads(seen.said["told"]) == ["192.0.2.1:80"]
    assert seen.breaches == []
