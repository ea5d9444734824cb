"""`StoreContract`: the tests that a `Store` must pass; subclass it, and pytest runs them.

    class TestSqlite(StoreContract):
        def make(self, folder): return SqliteStore(on_disk=True, folder=folder)
        def fill(self, url): ...       # the state of the template
        def change(self, url): ...     # something else, committed
        def state(self, url): ...      # all there is, as a value that compares
        escaped = ("rows t",)          # what verify() must say about that change

Tests that would say nothing (`hold` is not given) are skipped with the reason.
"""

from __future__ import annotations

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar

import pytest

from belljar.databases.store import Store, Template

__all__ = ["StoreContract"]

PROC = Path("/proc")


class StoreContract(ABC):
    """What is asked of every store; the first four methods and `escaped` say what it is."""

    escaped: ClassVar[Sequence[str]] = ()

    @abstractmethod
    def make(self, folder: Path) -> Store:
        """Return a new store, not started; files that it makes go into `folder`."""

    @abstractmethod
    def fill(self, url: str) -> None:
        """Make some state in an empty store, and close every connection."""

    @abstractmethod
    def change(self, url: str) -> None:
        """Change that state so that it lasts, and close every connection. Can be called twice."""

    @abstractmethod
    def state(self, url: str) -> object:
        """Return all that is there, as a value that `==` compares."""

    def hold(self, url: str) -> AbstractContextManager[object] | None:
        """Stay connected, with a transaction open if there are any, while the `with` lasts."""
        return None

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """Give the store, started."""
        store = self.make(tmp_path)
        store.start()
        yield store
        store.stop()

    @pytest.fixture
    def template(self, store: Store) -> Template:
        """Give a template that `fill` has made."""
        return store.template(self.fill)

    def test_it_is_a_store(self, tmp_path: Path) -> None:
        """All six methods, and a name for messages."""
        store = self.make(tmp_path)
        _check(isinstance(store, Store), f"{store!r} lacks a method of belljar.databases.Store")
        _check(bool(store.kind), f"{store!r} has no kind")

    def test_a_clone_is_what_fill_has_made(self, store: Store, template: Template) -> None:
        """Nothing is missing, and nothing is there besides."""
        with store.clone(template) as first, store.clone(template) as second:
            state = self.state(first.url)
            self._same(self.state(second.url), state, "two clones of one template differ")
        empty = store.template(lambda url: None)
        with store.clone(empty) as other:
            nothing = self.state(other.url)
            _check(nothing != state, f"fill() has made nothing: empty and filled are {state!r}")
            self.fill(other.url)
            self._same(self.state(other.url), state, "the clone is not what fill() makes")

    def test_clones_do_not_see_each_other(self, store: Store, template: Template) -> None:
        """Neither those that are there already, nor those made later: the template stays."""
        with store.clone(template) as one, store.clone(template) as other:
            before = self.state(other.url)
            self.change(one.url)
            changed = self.state(one.url)
            _check(changed != before, f"change() has changed nothing: {before!r}")
            self._same(self.state(other.url), before, "a clone sees what was done in another")
            with store.clone(template) as later:
                self._same(self.state(later.url), before, "the template was changed by a clone")
            self._same(self.state(one.url), changed, "a clone lost its change to a later one")

    def test_reset_brings_the_template_back(self, store: Store, template: Template) -> None:
        """Under the same URL, as often as it is asked."""
        with store.clone(template) as clone:
            before = self.state(clone.url)
            for _ in range(2):
                self.change(clone.url)
                store.reset(clone)
                self._same(self.state(clone.url), before, "reset() did not bring the state back")

    def test_verify_is_silent_when_nothing_escaped(self, store: Store, template: Template) -> None:
        """For a new clone, one that was only read, and one that was reset."""
        with store.clone(template) as clone:
            for moment in ("new", "only read", "verified before"):
                found = [str(escape) for escape in store.verify(clone)]
                _check(not found, f"the clone is {moment}, and verify() says: {found}")
                self.state(clone.url)
            self.change(clone.url)
            store.reset(clone)
            found = [str(escape) for escape in store.verify(clone)]
            _check(not found, f"the clone was reset, and verify() says: {found}")

    def test_verify_names_what_escaped(self, store: Store, template: Template) -> None:
        """In the words of `escaped`; it changes nothing, and says the same when asked again."""
        with store.clone(template) as clone:
            self.change(clone.url)
            changed = self.state(clone.url)
            first, second = store.verify(clone), store.verify(clone)
            self._same(self.state(clone.url), changed, "verify() changed the clone")
            _check(list(first) == list(second), f"verify() says {first}, then {second}")
            found = [str(escape) for escape in first]
            _check(bool(found), "verify() says nothing, though change() has changed something")
            for words in self.escaped:
                _check(any(words in line for line in found), f"{words!r} is not in {found}")

    def test_verify_names_who_is_still_connected(self, store: Store, template: Template) -> None:
        """And is silent again when they are gone."""
        with store.clone(template) as clone:
            held = self.hold(clone.url)
            if held is None:
                pytest.skip("hold() is not given: nobody can stay connected to this store")
            with held:
                _check(bool(store.verify(clone)), "verify() does not see the open connection")
            found = [str(escape) for escape in store.verify(clone)]
            _check(not found, f"the connection is closed, and verify() says: {found}")

    def test_templates_build_on_each_other(self, store: Store, template: Template) -> None:
        """`base` is copied first, and stays as it was."""
        with store.clone(template) as clone:
            before = self.state(clone.url)
            self.change(clone.url)
            changed = self.state(clone.url)
        second = store.template(self.change, template)
        with store.clone(second) as clone:
            self._same(self.state(clone.url), changed, "a template on a base is not both")
        with store.clone(template) as clone:
            self._same(self.state(clone.url), before, "the base was changed")

    def test_closing_a_template_keeps_its_clones(self, store: Store, template: Template) -> None:
        """And closing anything twice is fine."""
        clone = store.clone(template)
        before = self.state(clone.url)
        template.close()
        template.close()
        self._same(self.state(clone.url), before, "closing a template changed its clone")
        clone.close()
        clone.close()

    def test_a_fill_that_fails_is_told_and_removed(self, store: Store, tmp_path: Path) -> None:
        """Its own error comes out, and the store works on."""
        before = _files(tmp_path)

        def fail(url: str) -> None:
            self.fill(url)
            raise LookupError("no such seed")

        with pytest.raises(LookupError, match="no such seed"):
            store.template(fail)
        left = _files(tmp_path) - before
        _check(not left, f"a fill() that failed has left {sorted(map(str, left))}")
        with store.clone(store.template(self.fill)) as clone:
            self.state(clone.url)

    def test_several_threads_may_use_it(self, store: Store, template: Template) -> None:
        """Each with clones of its own."""
        with store.clone(template) as clone:
            before = self.state(clone.url)

        def work(_: int) -> list[object]:
            with store.clone(template) as mine:
                first = self.state(mine.url)
                self.change(mine.url)
                store.reset(mine)
                return [first, self.state(mine.url)]

        with ThreadPoolExecutor(4) as pool:
            for states in pool.map(work, range(8)):
                for state in states:
                    self._same(state, before, "a thread saw what another one did")

    def test_stop_leaves_nothing(self, tmp_path: Path) -> None:
        """No process, no file; whatever is still open, and however often it is called."""
        files, processes = _files(tmp_path), _children()
        store = self.make(tmp_path)
        store.start()
        clone = store.clone(store.template(self.fill))
        self.change(clone.url)
        store.stop()
        store.stop()
        left = _files(tmp_path) - files
        _check(not left, f"stop() has left {sorted(map(str, left))}")
        running = _children() - processes
        _check(not running, f"stop() has left the processes {sorted(running)}")

    @staticmethod
    def _same(found: object, expected: object, message: str) -> None:
        _check(found == expected, f"{message}\n  expected: {expected!r}\n  found:    {found!r}")


def _check(holds: bool, message: str) -> None:
    # Not `assert`: the message says it in words, and the lines of this file are of no interest.
    if not holds:
        pytest.fail(message, pytrace=False)


def _files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def _children() -> set[int]:
    """Return the processes below this one that still run."""
    parents: dict[int, int] = {}
    if PROC.joinpath("self/stat").exists():
        for stat in PROC.glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if fields[0] not in "ZX":
                parents[int(stat.parent.name)] = int(fields[1])
    else:
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
        for line in listing.stdout.splitlines():
            pid, parent = line.split()
            parents[int(pid)] = int(parent)
    return {pid for pid in parents if os.getpid() in _ancestors(pid, parents)}


def _ancestors(pid: int, parents: dict[int, int]) -> set[int]:
    found: set[int] = set()
    while pid in parents and parents[pid] not in found:
        pid = parents[pid]
        found.add(pid)
    return found
