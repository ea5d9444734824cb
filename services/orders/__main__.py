"""The orders process: settings from the environment in, HTTP out.

    ORDERS_DATABASE_URL=sqlite:///orders.db ORDERS_MIGRATE_ON_START=true \
    ORDERS_PAYMENTS=fake ORDERS_STORAGE=fake ORDERS_EMAILS=fake python -m services.orders

Exit status: 0 after a graceful shutdown, 1 when a worker ended by itself, 2 when settings, address
or database cannot be used.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

from services.orders.app import create_app
from services.orders.dependencies import Dependencies, build_dependencies
from services.orders.serving import CannotListen, announce, open_socket, serve, url_of
from services.orders.settings import Settings
from services.orders.startup import NotUsable, explained, usable_dependencies
from services.orders.workers import WorkerEnded, run_workers


def main() -> int:
    """Run the process; returns its exit status."""
    return explained(_run)


def _run(settings: Settings) -> int:
    try:
        if settings.workers == 1:
            _serve_alone(settings)
        else:
            _serve_with_workers(settings)
    except CannotListen as error:
        raise NotUsable(str(error)) from error
    except WorkerEnded as error:
        print(f"orders: {error}", file=sys.stderr)
        return 1
    return 0


def _serve_alone(settings: Settings) -> None:
    with usable_dependencies(settings) as dependencies, _socket(settings) as listening:
        url = url_of(listening)
        _serve(settings, dependencies, listening, lambda: announce(url))


def _serve_with_workers(settings: Settings) -> None:
    with usable_dependencies(settings):
        # Checked once, and closed: connections must not be shared between processes.
        pass
    listening = _socket(settings)
    url = url_of(listening)

    def work(number: int, ready: Callable[[], None]) -> None:
        dependencies = build_dependencies(settings)
        try:
            # One housekeeper is enough, and two would mail the same receipt.
            _serve(settings, dependencies, listening, ready, housekeeping=number == 0)
        finally:
            dependencies.close()

    def ready() -> None:
        # Only the workers hold the socket now: when they close theirs, nobody listens any more.
        listening.close()
        announce(url)

    with listening:
        run_workers(settings.workers, work, ready=ready)


def _socket(settings: Settings) -> socket.socket:
    return open_socket(settings.host, settings.port, settings.socket_fd)


def _serve(
    settings: Settings,
    dependencies: Dependencies,
    listening: socket.socket,
    ready: Callable[[], None],
    *,
    housekeeping: bool = True,
) -> None:
    inside = settings.housekeeping == "inside"
    app = create_app(
        dependencies,
        housekeeping_interval=settings.housekeeping_interval if inside and housekeeping else None,
        deliver_at_once=inside,
        request_timeout=settings.request_timeout,
        lease=settings.lease,
    )
    serve(
        app,
        listening,
        grace=settings.shutdown_grace,
        log_level=settings.log_level,
        ready=ready,
    )


if __name__ == "__main__":
    sys.exit(main())
