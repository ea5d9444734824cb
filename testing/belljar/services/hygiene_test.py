"""What every service has to be able to do; `NAME.hygiene_test` runs it for each, without a line of code.

It is ready in time, stops when it is asked to, comes back at the same address, and leaves nothing
behind. Leave a service out with `hygiene = False`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.processes.errors import describe_exit
from belljar.services import (
    RunningService,
    Service,
    ServiceError,
    Services,
    read_graph_file,
)
from belljar.services.hygiene import files_in, last_lines, temporary_folders, watch_stop


@pytest.fixture(name="described", scope="session")
def _described() -> Service:
    """Give the service that this target is about, as its BUILD file describes it."""
    declared = read_graph_file()
    assert declared is not None, "a NAME.hygiene_test target sets BELLJAR_SERVICES"
    (root,) = (node for node in declared.nodes if node.name == declared.roots[0])
    assert isinstance(root, Service), "test_task() makes no such target"
    return root


@pytest.fixture(name="service")
def _service(services: Services, described: Service) -> RunningService:
    """Give it running. That it was not ready in time is said here."""
    return services[described.name]


def test_it_is_ready_and_stays(service: RunningService, described: Service) -> None:
    assert service.runs, f"{described.title} was ready, and does not run any more"


def test_it_comes_back_at_the_same_address(service: RunningService, described: Service) -> None:
    before = _addresses(service)
    service.stop()
    _start_again(service)
    if _addresses(service) != before:
        _fail(
            f"{described.title} came back at {_addresses(service)}, and was at {before} before",
            service,
            "give it its port with {fd} or {port}, which is the same after a restart",
        )


def test_it_stops_when_it_is_asked_to(service: RunningService, described: Service) -> None:
    stop = watch_stop(service, described)
    asked = f"{described.stop_signal} to {described.title}"
    if not stop.in_time:
        _fail(
            f"{asked}: it still ran {described.stop_grace:g} s later, and had to be killed",
            service,
            f"let it end on {described.stop_signal}, or give it a longer stop_grace (or another "
            "stop_signal) in its test_service()",
        )
    wrong = [ended for ended in stop.ended if not ended.expected]
    if wrong:
        codes = ", ".join(map(str, described.exit_codes))
        _fail(
            f"{asked}: it ended with {describe_exit(wrong[0].exit_code)}, and exit_codes has {codes}",
            service,
            f"handle {described.stop_signal} and exit with 0, or add the code to exit_codes in its "
            "test_service()",
        )


def test_it_leaves_nothing_behind(service: RunningService, described: Service) -> None:
    """A file of the same name each time is a cache, and may stay; what grows with each run may not."""
    folders = temporary_folders(service)
    watch_stop(service, described)
    before = files_in(folders)
    _start_again(service)
    stop = watch_stop(service, described)
    new = files_in(folders) - before
    left = [f"process {each}" for each in stop.processes]
    left += [f"shared memory {each}" for each in stop.memory]
    left += [f"temporary file {_inside(path, folders)}" for path in sorted(new)]
    if left:
        listed = "".join(f"\n  - {each}" for each in left)
        _fail(
            f"{described.title} has ended, and left this behind:{listed}",
            service,
            f"end and remove it on {described.stop_signal}, before it exits",
        )


def _start_again(service: RunningService) -> None:
    failed = ""
    try:
        service.start()
    except ServiceError as error:
        failed = str(error)
    if failed:  # out of the handler, or pytest would tell it twice
        pytest.fail(f"a second start has failed: {failed}", pytrace=False)


def _addresses(service: RunningService) -> list[dict[str, str]]:
    return [
        {name: port.address for name, port in instance.ports.items()}
        for instance in service.instances
    ]


def _inside(path: Path, folders: set[Path]) -> str:
    for folder in folders:
        if path.is_relative_to(folder):
            return f"$TMPDIR/{path.relative_to(folder)}"
    return str(path)


def _fail(what: str, service: RunningService, fix: str) -> None:
    lines = "".join(f"\n    | {line}" for line in last_lines(service).splitlines()) or " (none)"
    pytest.fail(f"{what}\n  fix: {fix}\n  its last lines:{lines}", pytrace=False)
