"""`Link`: one direction of a connection, from the socket that is read to the one that is written.

Without toxics data goes straight through: small pieces through one buffer, bulk through a pipe in the
kernel. With toxics it waits in a queue until it is due. Either way a sink that takes nothing stops the
reading: what is held back has a limit.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from contextlib import suppress
from typing import Protocol

from belljar.mocks.proxy.gate import Gate
from belljar.mocks.proxy.items import End, Item
from belljar.mocks.proxy.splicing import Pipe, available

__all__ = ["Link", "Owner"]

_CHUNK = 64 << 10
# One for all links of a thread: it is empty again before another one reads.
_of_thread = threading.local()


class Owner(Protocol):
    """What a link tells of itself; its connection."""

    @property
    def observed(self) -> bool:
        """Whether somebody has to see the data, so that it can't go straight through."""
        ...

    def came(self, link: Link, data: bytes) -> None:
        """Data came; whoever takes it calls `link.push`."""
        ...

    def ended(self, link: Link, how: End) -> None:
        """The link has passed on its end."""
        ...


class Link:
    """One direction. Its methods are called from its loop's thread only."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        source: socket.socket,
        sink: socket.socket,
        owner: Owner,
        gates: list[Gate],
    ) -> None:
        self.gates = gates
        self.passed = 0  # bytes, for /metrics
        self._loop = loop
        self._source = source
        self._sink = sink
        self._owner = owner
        self._queue: deque[Item] = deque()
        self._held = 0
        if not hasattr(_of_thread, "buffer"):
            _of_thread.buffer = memoryview(bytearray(_CHUNK))
        self._buffer: memoryview = _of_thread.buffer
        self._pipe: Pipe | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading = False
        self._writing = False
        self._source_ended = False
        self._closed = False

    def start(self) -> None:
        """Begin to read, and to count the time of toxics."""
        now = self._loop.time()
        for gate in list(self.gates):
            self._push_behind(gate, gate.start(now))
        self._flush()

    # Toxics

    def add_gate(self, gate: Gate) -> None:
        """Let what comes from now on go through one more toxic."""
        self.gates.append(gate)
        self._push_behind(gate, gate.start(self._loop.time()))
        self._flush()

    def remove_gate(self, gate: Gate) -> None:
        """Take a toxic away; what any toxic held back goes on at once, in order."""
        self.gates.remove(gate)
        self.release()

    def restart_gate(self, gate: Gate) -> None:
        """Begin anew with a toxic that was changed."""
        # What it had planned, such as an end after a while, is planned with other numbers now.
        self._queue = deque(item for item in self._queue if item.end is not End.CLOSED)
        self.release()
        self._push_behind(gate, gate.start(self._loop.time()))
        self._flush()

    def release(self) -> None:
        """Let go of everything that waits for its time."""
        now = self._loop.time()
        self._queue = deque(
            item if item.end is End.CLOSED else item._replace(due=min(item.due, now))
            for item in self._queue
        )
        for gate in self.gates:
            gate.release(now)
        self._flush()

    def turn(self) -> None:
        """Begin the next request: toxics that count requests decide anew."""
        now = self._loop.time()
        for gate in list(self.gates):
            if gate.toxic.per_request:
                self._push_behind(gate, gate.turn(now))
        self._flush()

    # Data

    def push(self, item: Item) -> None:
        """Send an item through the toxics, to the sink."""
        if self._closed:
            return
        self._through(0, [item])
        self._flush()

    def close(self) -> None:
        """Stop; the sockets are the connection's to close."""
        if self._closed:
            return
        self._closed = True
        self._read(False)
        self._write(False)
        if self._timer:
            self._timer.cancel()
        if self._pipe:
            self._pipe.give_back()
            self._pipe = None
        self._queue.clear()
        self._held = 0

    def _push_behind(self, gate: Gate, items: list[Item]) -> None:
        self._through(self.gates.index(gate) + 1, items)

    def _through(self, first: int, items: list[Item]) -> None:
        for gate in self.gates[first:]:
            items = [one for item in items for one in gate.feed(item)]
        queue = self._queue
        for item in items:
            self._held += len(item.data)
            if not queue or item.due >= queue[-1].due:
                queue.append(item)
                continue
            # Only an end that a toxic planned for later can be overtaken.
            at = len(queue)
            while at and queue[at - 1].due > item.due:
                at -= 1
            queue.insert(at, item)

    def _straight(self) -> bool:
        return not self.gates and not self._owner.observed

    def _limit(self) -> int:
        if self._straight():
            return 1
        ahead = sum(gate.ahead for gate in self.gates)
        # A session that delays a statement holds what comes behind it.
        return max(ahead, _CHUNK) + (1 << 20 if self._owner.observed else 0)

    def _readable(self) -> None:
        try:
            if self._straight() and not self._queue:
                self._pass_on()
            else:
                self._take_in()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._source_ended = True
            self._read(False)
            self.push(Item(self._loop.time(), end=End.RESET))

    def _take_in(self) -> None:
        data = self._source.recv(_CHUNK)
        if not data:
            self._source_finished()
            return
        self.passed += len(data)
        self._owner.came(self, data)

    def _pass_on(self) -> None:
        pipe, source = self._pipe, self._source
        moved = pipe.fill(source) if pipe else source.recv_into(self._buffer)
        if not moved:
            self._source_finished()
            return
        self.passed += moved
        try:
            if self._pipe:
                self._pipe.drain(self._sink)
                if self._pipe.filled:
                    self._read(False)
                    self._write(True)
                elif moved < _CHUNK:
                    self._pipe.give_back()
                    self._pipe = None
                return
            try:
                sent = self._sink.send(self._buffer[:moved])
            except (BlockingIOError, InterruptedError):
                sent = 0
        except OSError:
            self._sink_failed()
            return
        if sent < moved:
            rest = bytes(self._buffer[sent:moved])
            self._held += len(rest)
            self._queue.append(Item(0.0, rest))
            self._read(False)
            self._write(True)
        elif moved == _CHUNK and available:
            self._pipe = Pipe.take()

    def _source_finished(self) -> None:
        self._source_ended = True
        self._read(False)
        self.push(Item(self._loop.time(), end=End.FINISHED))

    def _sink_failed(self) -> None:
        # It was reset, or closed while data was on its way, which the other side has to learn.
        self._owner.ended(self, End.RESET)

    def _writable(self) -> None:
        self._write(False)
        self._flush()

    def _due(self) -> None:
        self._timer = None
        self._flush()

    def _flush(self) -> None:
        """Pass on what is due; then wait for the sink, for the time, or for more data."""
        if self._closed:
            return
        if self._timer:
            self._timer.cancel()
            self._timer = None
        try:
            self._drain()
        except OSError:
            self._sink_failed()
        if self._closed:
            return
        room = self._held < self._limit() and not (self._pipe and self._pipe.filled)
        self._read(room and not self._source_ended)

    def _drain(self) -> None:
        if self._pipe and self._pipe.filled:
            self._pipe.drain(self._sink)
            if self._pipe.filled:
                self._write(True)
                return
        if self._pipe and (self._queue or not self._straight()):
            self._pipe.give_back()
            self._pipe = None
        queue = self._queue
        while queue and not self._writing:
            item = queue[0]
            if item.due > self._loop.time():
                if item.due != float("inf"):
                    self._timer = self._loop.call_at(item.due, self._due)
                return
            if item.end:
                queue.popleft()
                if item.end is End.FINISHED:
                    with suppress(OSError):
                        self._sink.shutdown(socket.SHUT_WR)
                self._owner.ended(self, item.end)
                return
            try:
                sent = self._sink.send(item.data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            self._held -= sent
            if sent < len(item.data):
                queue[0] = item._replace(data=item.data[sent:])
                self._write(True)
                return
            queue.popleft()

    def _read(self, wanted: bool) -> None:
        if wanted is not self._reading:
            self._reading = wanted
            if wanted:
                self._loop.add_reader(self._source, self._readable)
            else:
                self._loop.remove_reader(self._source)

    def _write(self, wanted: bool) -> None:
        if wanted is not self._writing:
            self._writing = wanted
            if wanted:
                self._loop.add_writer(self._sink, self._writable)
            else:
                self._loop.remove_writer(self._sink)
