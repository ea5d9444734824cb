"""Answers on the wire: what each kind makes of one, and what a real client sees of it."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from belljar.faults import Call, FaultEngine, FaultError, Planner
from belljar.faults.answers import kill
from belljar.faults.wire import Answer, injected, instead, play, schedule

BODY = json.dumps({"id": "ch_1", "amount": 1000}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 30\r\n\r\n"
ScheduleOf = Callable[..., list[tuple[str, Any]]]


def test_without_faults_an_answer_is_sent_in_one_piece() -> None:
    answer = Answer(200, [("Content-Type", "application/json")], BODY)
    (action,) = schedule(answer, [])
    assert (action.what, action.data) == ("send", HEAD + BODY)


def test_a_status_comes_in_place_of_the_answer(schedule_of: ScheduleOf) -> None:
    plan = lambda on: on.fail(status=503, body="busy", headers={"X-Why": "test"})  # noqa: E731
    ((what, data),) = schedule_of(plan)
    assert what == "send"
    assert data == (
        b"HTTP/1.1 503 Service Unavailable\r\nX-Why: test\r\nContent-Type: text/plain\r\n"
        b"Content-Length: 4\r\n\r\nbusy"
    )


def test_an_answer_to_head_has_its_length_and_no_body(schedule_of: ScheduleOf) -> None:
    plan = lambda on: on.fail(status=503, body="busy")  # noqa: E731
    ((_, data),) = schedule_of(plan, Answer(200, head=True))
    assert data.endswith(b"Content-Length: 4\r\n\r\n")


def test_a_rate_limit_says_when_to_come_again(schedule_of: ScheduleOf) -> None:
    ((_, data),) = schedule_of(lambda on: on.rate_limit(retry_after=3))
    assert data.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"\r\nRetry-After: 3\r\n" in data


def test_storage_says_slow_down_in_xml(schedule_of: ScheduleOf) -> None:
    ((_, data),) = schedule_of(lambda on: on.slow_down(), on="storage")
    assert data.startswith(b"HTTP/1.1 503 Slow Down\r\n")
    assert b"<Code>SlowDown</Code>" in data


@pytest.mark.parametrize("body", [BODY, b"[]", b"17", b"", b'"x"', b"null", b'{"a": "b"}'])
@pytest.mark.parametrize("kind", ["malformed_json", "truncated_json"])
def test_broken_json_is_none_whatever_it_was(
    schedule_of: ScheduleOf, kind: str, body: bytes
) -> None:
    ((_, data),) = schedule_of(lambda on: on.plan(kind), Answer(200, body=body))
    answer = Answer.parse(data)
    assert int(answer.header("Content-Length")) == len(answer.body)
    with pytest.raises(ValueError, match=r".*"):
        json.loads(answer.body)


def test_a_wrong_length_is_announced_and_the_connection_closed(schedule_of: ScheduleOf) -> None:
    (_, data), last = schedule_of(lambda on: on.wrong_content_length(by=5))
    assert b"Content-Length: 35\r\n" in data
    assert data.endswith(BODY)
    assert last[0] == "close"


def test_a_cut_counts_head_and_body(schedule_of: ScheduleOf) -> None:
    whole = HEAD + BODY
    assert schedule_of(lambda on: on.cut(after=90)) == [("send", whole[:90]), ("close", 0.0)]
    assert schedule_of(lambda on: on.cut(after=0, how="reset")) == [("reset", 0.0)]
    assert schedule_of(lambda on: on.cut(after=10_000))[0] == ("send", whole)


def test_slices_and_speed_add_up_to_the_whole(schedule_of: ScheduleOf) -> None:
    whole = HEAD + BODY
    sliced = schedule_of(lambda on: on.slice(size=7, delay=0.5))
    assert b"".join(part for what, part in sliced if what == "send") == whole
    assert max(len(part) for what, part in sliced if what == "send") == 7
    assert [part for what, part in sliced if what == "wait"] == [0.5] * (-(-len(whole) // 7) - 1)
    slow = schedule_of(lambda on: on.slow(bytes_per_second=100))
    assert b"".join(part for what, part in slow if what == "send") == whole
    assert sum(part for what, part in slow if what == "wait") == pytest.approx(len(whole) / 100)


def test_a_huge_slow_answer_is_of_few_actions(schedule_of: ScheduleOf) -> None:
    slow = schedule_of(lambda on: on.slow(bytes_per_second=1), Answer(200, body=bytes(10**6)))
    assert len(slow) <= 10_002


@pytest.mark.parametrize(
    ("plan", "last"),
    [
        (lambda on: on.reset(), "reset"),
        (lambda on: on.refuse(), "reset"),
        (lambda on: on.timeout(), "stall"),
        (lambda on: on.lose_answer(), "reset"),
        (lambda on: on.lose_answer(how="close"), "close"),
        (lambda on: on.lose_answer(how="timeout"), "stall"),
        (lambda on: on.kill(), "kill"),
        (lambda on: on.restart(after=2), "kill"),
    ],
)
def test_latency_stays_before_what_comes_instead(
    schedule_of: ScheduleOf, plan: Callable[[Any], Any], last: str
) -> None:
    actions = schedule_of(lambda on: plan(on.latency(mean=0.3)))
    assert [what for what, _ in actions] == ["wait", last]
    assert actions[0] == ("wait", 0.3)


def test_work_is_done_or_not_as_the_kind_says() -> None:
    planner = Planner()
    planner.on("p").lose_answer(calls=1).latency(mean=0, calls=1).fail(status=503, calls=2)
    engine = FaultEngine(planner.plan, "p", "http")
    first, second = engine.decide(Call()), engine.decide(Call())
    assert not instead(first)
    assert instead(second)
    assert injected(first) == "lose_answer, latency"


def test_mail_is_refused_in_its_own_words(schedule_of: ScheduleOf) -> None:
    (action,) = schedule_of(lambda on: on.smtp(code=451), b"250 OK\r\n", on="smtp")
    assert action == ("send", b"451 4.3.0 Local error in processing\r\n")
    (action,) = schedule_of(lambda on: on.smtp(code=550, text="gone"), b"250 OK\r\n", on="smtp")
    assert action == ("send", b"550 gone\r\n")


def test_garbage_is_the_same_each_time(schedule_of: ScheduleOf) -> None:
    first = schedule_of(lambda on: on.garbage(size=9))
    assert first == schedule_of(lambda on: on.garbage(size=9))
    assert len(first[0][1]) == 9


class Loop:
    """An asyncio server in a thread that answers each request under the given faults."""

    def __init__(self, plan: Callable[[Any], object]) -> None:
        planner = Planner(seed=7)
        plan(planner.on("http"))
        self.engine = FaultEngine(planner.plan, "http")
        self.kept: list[bool] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = self.ask(self.loop.create_server(lambda: Served(self), "127.0.0.1", 0))
        self.port: int = self.server.sockets[0].getsockname()[1]

    def ask(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
            self.loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        self.loop.close()


class Served(asyncio.Protocol):
    def __init__(self, owner: Loop) -> None:
        self.owner = owner

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.gone = self.owner.loop.create_future()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        faults = self.owner.engine.decide(Call("GET", "/"))
        answer = Answer(200, [("Content-Type", "application/json")], BODY)
        self.task = self.owner.loop.create_task(self.play(schedule(answer, faults)))

    async def play(self, actions: Any) -> None:
        self.owner.kept.append(await play(actions, self.transport, gone=self.gone))


@pytest.fixture
def serve() -> Iterator[Callable[..., Loop]]:
    servers: list[Loop] = []

    def make(plan: Callable[[Any], object]) -> Loop:
        servers.append(Loop(plan))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


def get(server: Loop, timeout: float = 10.0) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (lambda on: on.reset(), ConnectionResetError),
        (lambda on: on.lose_answer(how="close"), http.client.RemoteDisconnected),
        (lambda on: on.cut(after=90), http.client.IncompleteRead),
        (lambda on: on.cut(after=90, how="reset"), ConnectionResetError),
        (lambda on: on.wrong_content_length(by=3), http.client.IncompleteRead),
        (lambda on: on.garbage(), http.client.BadStatusLine),
    ],
)
def test_a_client_sees_what_it_would_see_of_a_real_failure(
    serve: Callable[..., Loop], plan: Callable[[Any], object], error: type[Exception]
) -> None:
    server = serve(plan)
    with pytest.raises(error):
        get(server)


def test_a_stall_lasts_until_the_client_leaves(
    serve: Callable[..., Loop],
) -> None:
    server = serve(lambda on: on.timeout(times=1))
    with pytest.raises(TimeoutError):
        get(server, timeout=0.1)
    assert get(server) == BODY
    until = time.monotonic() + 10
    while len(server.kept) < 2:  # the server learns in its own time that the client has left
        assert time.monotonic() < until
        time.sleep(0.001)
    assert sorted(server.kept) == [False, True]


def test_latency_and_slices_arrive_late_and_whole(serve: Callable[..., Loop]) -> None:
    server = serve(lambda on: on.latency(mean=0.1).slice(size=40, delay=0.05))
    begin = time.monotonic()
    assert get(server) == BODY
    assert 0.19 <= time.monotonic() - begin < 5


def test_a_connection_is_kept_after_an_answer(serve: Callable[..., Loop]) -> None:
    server = serve(lambda on: on.fail(status=503, calls=2))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    statuses = []
    for _ in range(3):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
    connection.close()
    assert statuses == [200, 503, 200]


def test_a_server_that_cannot_be_killed_says_so() -> None:
    class Open(asyncio.Transport):
        def is_closing(self) -> bool:
            return False

    killed: list[float] = []
    asyncio.run(play([kill(2.0)], Open(), kill=killed.append))
    assert killed == [2.0]
    with pytest.raises(FaultError, match="can't be killed"):
        asyncio.run(play([kill()], Open()))


def test_smtplib_takes_a_planned_refusal_for_a_server_s(schedule_of: ScheduleOf) -> None:
    ((_, data),) = schedule_of(lambda on: on.smtp(code=451), b"250 OK\r\n", on="smtp")
    client = smtplib.SMTP()
    client.file = io.BytesIO(data)
    assert client.getreply() == (451, b"4.3.0 Local error in processing")
