"""`RunningService`: what a test holds in its hands: addresses, log, and the power to end and restart it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from belljar.services.checking import one_of
from belljar.services.description import Service, default_port
from belljar.services.errors import BadDescription, UnknownNode
from belljar.services.instance import Ended, Instance
from belljar.services.ordering import run_in_order
from belljar.services.ports import Port

__all__ = ["RunningService"]

LOG_SECONDS = 10.0
T = TypeVar("T")


class _Named(dict[str, T]):
    """What a service has by name; another name is told with the choices."""

    def __init__(self, service: Service, what: str, found: Mapping[str, T]) -> None:
        super().__init__(found)
        self._title = service.title
        self._what = what

    def __missing__(self, name: str) -> T:
        raise UnknownNode(
            f"{self._title} has no {self._what} {name!r}",
            fix=one_of(self, f"add it to its {self._what}s"),
        )


class RunningService:
    """A service of a graph, with all its instances; `.instances[1]` is one of them alone.

    `url`, `pid`, `log` and their like are those of the first instance; `stop`, `kill`, `restart`,
    `pause` and `resume` do it to all, at once. What a test ends or pauses runs again, at the same
    address, when the next test begins.
    """

    def __init__(
        self, service: Service, instances: Sequence[Instance], exports: Callable[[str], str]
    ) -> None:
        self._service = service
        self._instances = tuple(instances)
        self._exports = exports

    def __repr__(self) -> str:
        state = "up" if self.runs else "down"
        return f"<RunningService {self.label or self.name} {state}>"

    @property
    def name(self) -> str:
        """Its name in the graph."""
        return self._service.name

    @property
    def label(self) -> str:
        """The label of its target; "" where it has none."""
        return self._service.label

    @property
    def instances(self) -> tuple[RunningService, ...]:
        """Each instance alone, by its number."""
        return tuple(RunningService(self._service, [one], self._exports) for one in self._instances)

    @property
    def url(self) -> str:
        """Where it is: `http://127.0.0.1:4711`; of the only port, or the one called main."""
        return self._port().url

    @property
    def urls(self) -> list[str]:
        """The same of every instance."""
        name = self._port_name()
        return [one.ports[name].url for one in self._instances]

    @property
    def address(self) -> str:
        """`host:port`, or the path of a Unix socket."""
        return self._port().address

    @property
    def port(self) -> int:
        """The number of the port; 0 for a Unix socket."""
        return self._port().number

    @property
    def ports(self) -> Mapping[str, Port]:
        """Every port by name, each with `.url`, `.address` and `.number`."""
        return _Named(self._service, "port", self._instances[0].ports)

    @property
    def exports(self) -> Mapping[str, str]:
        """What it offers its dependents."""
        found = {key: self._exports(key) for key in self._service.exports}
        return _Named(self._service, "export", found)

    @property
    def pid(self) -> int:
        """The process id. Raises `NotRunning`."""
        return self._instances[0].pid

    @property
    def runs(self) -> bool:
        """Whether every instance's process is there."""
        return all(one.runs for one in self._instances)

    @property
    def log(self) -> Path:
        """The log file; it goes on over restarts."""
        return self._instances[0].log.path

    def log_text(self) -> str:
        """What it wrote, over all tests and restarts; the last 16 MiB of it."""
        return self._instances[0].log.text()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines that it wrote."""
        return self._instances[0].log.tail(lines)

    def wait_for_log(
        self, pattern: str | re.Pattern[str], timeout: float = LOG_SECONDS
    ) -> re.Match[str]:
        """Return the first match in a line that it wrote in this test, or writes soon.

        Raises `LogNotSeen` after `timeout` seconds, or when it has ended without.
        """
        first = self._instances[0]
        return first.log.wait_for(pattern, timeout, lambda: first.runs)

    def start(self) -> None:
        """Return when it is ready; does nothing when it runs. Raises a `StartFailed`."""
        try:
            self._each(Instance.start, Instance.give_up)
        except BaseException:
            for one in self._instances:
                one.allow_again()
            raise

    def stop(self) -> list[Ended]:
        """Return how each instance that ran has ended: gracefully, or by force after the grace."""
        ended: list[Ended] = []

        def stop(one: Instance) -> None:
            if how := one.stop():
                ended.append(how)

        self._each(stop)
        return ended

    def kill(self) -> None:
        """Return when it, and all that it started, has been killed. It stays down for this test."""
        self._each(Instance.kill)

    def expect_end(self, then: Callable[[], None] | None) -> None:
        """Let its end by itself be no death, as a fault plan has it; `then` is called once it has come.

        None: let it be one again. A service with several instances has its first one's end.
        """
        for one in self._instances:
            one.expect_end(then)

    def restart(self) -> None:
        """Stop it, and return when it is ready again, at the same address."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Hold it: connections are made, and nobody answers. Raises `NotOnThisSystem` on Windows."""
        self._each(Instance.pause)

    def resume(self) -> None:
        """Let it go on."""
        self._each(Instance.resume)

    def _each(
        self, work: Callable[[Instance], None], give_up: Callable[[Instance], None] | None = None
    ) -> None:
        if len(self._instances) == 1:
            work(self._instances[0])
            return
        by_stem = {one.stem: one for one in self._instances}

        def give_all_up() -> None:
            if give_up is not None:
                for one in self._instances:
                    give_up(one)

        run_in_order({stem: () for stem in by_stem}, lambda stem: work(by_stem[stem]), give_all_up)

    def _port_name(self) -> str:
        name = default_port(self._service)
        if name is None:
            known = ", ".join(self._service.ports)
            raise BadDescription(
                f"{self._service.title} has "
                + (f"several ports and none called main: {known}" if known else "no ports"),
                fix='say which: services["NAME"].ports["PORT"].url' if known else "",
            )
        return name

    def _port(self) -> Port:
        return self._instances[0].ports[self._port_name()]
