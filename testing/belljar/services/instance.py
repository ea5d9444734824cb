"""`Instance`: one process of a service: started, watched, ended and started again at one address."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from belljar.processes import Process
from belljar.processes.errors import (
    ExitedEarly,
    NotOnThisPlatform,
    NotReady,
    StillRunning,
    describe_exit,
)
from belljar.services.activity import activity_of
from belljar.services.description import Service
from belljar.services.errors import (
    AddressChanged,
    NotOnThisSystem,
    NotRunning,
    NotStopped,
    ServiceDied,
    StartFailed,
)
from belljar.services.fencing import GraphFence
from belljar.services.launching import Launched, launch, title_of, why_not_ready
from belljar.services.logs import Log
from belljar.services.looking import is_ending, is_held
from belljar.services.ports import Port, TcpPort
from belljar.services.readying import readiness_of
from belljar.services.references import reported
from belljar.services.surroundings import Surroundings, stem_of
from belljar.services.watching import watch

__all__ = ["Ended", "Instance"]

HIGHEST_PORT = 65535
# From a signal to the kernel's having stopped the process.
HOLD_SECONDS = 1.0
# From its last breath to the keeper's report.
END_SECONDS = 2.0
_IN_FOREGROUND = (
    "a service runs until it is asked to end: let it stay in the foreground, "
    "or make it a task if it has done its work"
)


@dataclass(frozen=True)
class Ended:
    """How an instance ended that was asked to; `expected` says whether its code is one it may have."""

    name: str
    """Of the service in its graph."""
    title: str
    exit_code: int
    seconds: float
    forced: bool
    expected: bool

    def __str__(self) -> str:
        how = "had to be killed" if self.forced else f"ended with {describe_exit(self.exit_code)}"
        return f"{self.title} {how} after {self.seconds:.1f} s"


class Instance:
    """A service's process number `index`. `dependents` are titles of nodes that know its address."""

    def __init__(
        self,
        service: Service,
        index: int,
        around: Surroundings,
        fence: GraphFence,
        dependents: tuple[str, ...],
        died: Callable[[ServiceDied], None],
    ) -> None:
        self.service = service
        self.index = index
        self.title = title_of(service, index)
        self.stem = stem_of(service, index)
        self.log = Log(around.logs / f"{self.stem}.log", self.title, around.secrets.redact)
        self.paused = False
        self._around = around
        self._fence = fence
        self._dependents = dependents
        self._died = died
        self._process: Process | None = None
        self._doubted: Process | None = None
        self._asked = True  # for the end that it has come to, or for none yet
        self._given_up = False
        self._then: Callable[[], None] | None = None
        self._lock = threading.RLock()
        # Who sees that it has ended comes back when that was told. Not the other lock: what is told
        # may end other instances.
        self._telling = threading.RLock()

    def __repr__(self) -> str:
        return f"<Instance {self.title} {'up' if self.runs else 'down'}>"

    @property
    def ports(self) -> Mapping[str, Port]:
        """Its ports, by name."""
        return self._around.ports[self.service.name, self.index]

    @property
    def runs(self) -> bool:
        """Whether its process is there; one that has just ended is reported first."""
        process = self._process
        if process is None:
            return False
        # One that is on its way out has told its clients already; it is gone in a moment.
        ending = is_ending(process.pid) and process is not self._doubted
        code = process.wait(END_SECONDS if ending else 0.0)
        if ending and code is None:
            self._doubted = process  # its first thread is gone, and others go on
        if code is not None:
            self._has_ended(process, code)
        return code is None

    @property
    def pid(self) -> int:
        """The process id. Raises `NotRunning`."""
        return self._running("its pid").pid

    def start(self) -> None:
        """Return when it is ready; does nothing when it runs. Raises a `StartFailed`."""
        if self.runs:
            return
        for port in self.ports.values():
            self._fence.forget(port.address)
        launched = launch(self.service, self.index, self._around)
        process = launched.process
        with self._lock:
            self._process = process
            self._asked = True  # its end is told by the one who waits for it here
            self.paused = False
            if self._given_up:
                process.kill()
        try:
            self._await_ready(launched)
        except BaseException:
            self._end(process.kill)
            raise
        with self._lock:
            self._asked = False
        watch(process, self._has_ended)

    def _await_ready(self, launched: Launched) -> None:
        process = launched.process
        ready = readiness_of(self.service, self.ports, launched.lookup, launched.env, launched.cwd)
        try:
            if ready is not None:
                process.await_ready(ready, self.service.ready_timeout)
        except (ExitedEarly, NotReady) as error:
            seen = activity_of(process.pid)
            raise why_not_ready(self.service, self.index, error, self._around, seen=seen) from None
        for group, name in reported(self.service).items():
            self._take_report(name, process.match[group])
        for port in self.ports.values():
            self._fence.register(port.address, self.service)

    def _take_report(self, name: str, text: str | None) -> None:
        port = self.ports[name]
        assert isinstance(port, TcpPort), "checked: no Unix socket is reported"
        if text is None or not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
            raise StartFailed(
                f"{self.title} reported {text!r} as its port {name!r}",
                facts={"ready": str(dict(self.service.ready or {}))},
                fix="let the group match the number alone, such as (?P<port>\\d+)",
            )
        if port.number and port.number != int(text) and self._dependents:
            raise AddressChanged(
                f"{self.title} came back at port {text}, and was at {port.number} before",
                facts={"told the old one": ", ".join(self._dependents)},
                fix="give it its port with {fd} or {port}, which is the same after a restart",
            )
        port.number = int(text)

    def stop(self) -> Ended | None:
        """Return how it ended, gracefully or by force; None if it did not run."""
        process = self._process
        if process is None or not self.runs:
            return None
        begun = time.monotonic()
        grace = self.service.stop_grace
        try:
            code = self._end(process.stop)
        except StillRunning as error:
            raise NotStopped(self._around.secrets.redact(str(error))) from None
        seconds = time.monotonic() - begun
        by_force = -9 if sys.platform != "win32" else 1
        return Ended(
            self.service.name,
            self.title,
            code,
            seconds,
            forced=code == by_force and seconds >= grace,
            expected=code in self.service.exit_codes,
        )

    def kill(self) -> None:
        """Return when it and all that it started is gone."""
        process = self._process
        if process is not None and self.runs:
            self._end(process.kill)

    def expect_end(self, then: Callable[[], None] | None) -> None:
        """Let its end be no death, whenever it comes; `then` is called once it has. None: be one again."""
        with self._lock:
            self._then = then

    def give_up(self) -> None:
        """Make a `start` in another thread fail at once, and every later one."""
        with self._lock:
            self._given_up = True
            if self._process is not None and self._asked:
                self._process.kill()

    def allow_again(self) -> None:
        """Let it be started after all, by one who knows that no `start` is under way."""
        with self._lock:
            self._given_up = False

    def pause(self) -> None:
        """Return when it is held: connections are accepted by the kernel, and nobody answers."""
        process = self._running("a pause")
        try:
            process.pause()
        except NotOnThisPlatform as error:
            raise NotOnThisSystem(str(error)) from None
        self.paused = True
        until = time.monotonic() + HOLD_SECONDS
        while not is_held(process.pid) and time.monotonic() < until:
            time.sleep(0.001)  # between two looks, where the kernel tells

    def resume(self) -> None:
        """Let it go on; does nothing when it is not paused."""
        if self.paused and self._process is not None:
            self._process.resume()
        self.paused = False

    def _running(self, what: str) -> Process:
        process = self._process
        if process is None or not self.runs:
            raise NotRunning(
                f"{self.title} was asked for {what}, and does not run",
                log_tail=self.log.shown(),
                log_name=str(self.log.path),
                fix="start it first: .start()",
            )
        return process

    def _end(self, end: Callable[[], int]) -> int:
        with self._lock:
            self._asked = True
            self.paused = False
        code = end()
        for port in self.ports.values():
            port.after_end()
        return code

    def _has_ended(self, process: Process, code: int) -> None:
        """Tell of an end that nobody asked for, once; return when it is told."""
        with self._telling:
            self._tell_of_end(process, code)

    def _tell_of_end(self, process: Process, code: int) -> None:
        with self._lock:
            if self._asked or process is not self._process:
                return
            self._asked = True
            self.paused = False
            then, self._then = self._then, None
        for port in self.ports.values():
            port.after_end()
        if then is not None:
            then()
            return
        self._died(
            ServiceDied(
                f"{self.title} died: {describe_exit(code)}, and no test had asked for that",
                facts={"address": ", ".join(port.url for port in self.ports.values())},
                log_tail=self._around.secrets.redact(process.log_tail()),
                log_name=str(self.log.path),
                fix=_IN_FOREGROUND
                if code == 0
                else "mend what its last lines say; a test that wants its end calls "
                f'services["{self.service.name}"].kill() or .stop()',
            )
        )
