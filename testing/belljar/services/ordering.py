"""`run_in_order`: work in threads, each piece as soon as what it waits for is done; `order_of` a graph."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from belljar.services.description import Node

__all__ = ["DATABASE", "order_of", "run_in_order"]

# Before a database's name: no node has a space in its own.
DATABASE = "database "


def run_in_order(
    needs: Mapping[str, Collection[str]],
    work: Callable[[str], None],
    give_up: Callable[[], None] = lambda: None,
) -> None:
    """Return when `work` was done for every key of `needs`, after all that the key names.

    When a piece fails, or this thread is interrupted, `give_up` is called, which has to make the
    pieces under way come back; nothing more is begun, and what failed first is raised.
    """
    if not needs:
        return
    left = {name: set(before) & set(needs) for name, before in needs.items()}
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(len(needs), thread_name_prefix="belljar-services") as pool:
        try:
            while left or running:
                for name in [name for name, before in left.items() if not before]:
                    del left[name]
                    running[pool.submit(work, name)] = name
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    name = running.pop(future)
                    future.result()
                    for before in left.values():
                        before.discard(name)
        except BaseException:
            give_up()
            raise


def order_of(nodes: Mapping[str, Node]) -> dict[str, list[str]]:
    """Return what each node waits for; its databases start at once, side by side."""
    order = {
        name: [*node.needs, *(DATABASE + each for each in node.databases)]
        for name, node in nodes.items()
    }
    return {DATABASE + each: [] for node in nodes.values() for each in node.databases} | order
