"""`leaf_of` and `shorter_of`: no objects of other models, or few, where an example is deep enough already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from belljar.data.sources.choices import AnyOf, Fixed, Nullable
from belljar.data.sources.containers import Dicts, Lists, Sets
from belljar.data.sources.nested import Nested
from belljar.data.sources.source import Source

__all__ = ["is_deep", "leads_to", "leaf_of", "shorter_of"]

_FEW = 2
_shorter: WeakKeyDictionary[Source, Source] = WeakKeyDictionary()


def leaf_of(source: Source) -> Source | None:
    """Return what a source gives without objects of other models; None if it has none, or can't do without."""
    if isinstance(source, Nullable):
        return Fixed(None) if is_deep(source) else None
    if isinstance(source, Lists | Sets | Dicts):
        empty: Any = {} if isinstance(source, Dicts) else []
        may_be = is_deep(source) and not source.limits.min_length
        return Fixed(source.kind(empty)) if may_be else None
    if isinstance(source, AnyOf):
        flat = [one for one in source.sources if not is_deep(one)]
        return AnyOf(flat) if flat else None
    return None


def shorter_of(source: Source) -> Source:
    """Return a list of objects that is no longer than it has to be: each of them may have such a list."""
    if not isinstance(source, Lists | Sets | Dicts) or not is_deep(source):
        return source
    known = _shorter.get(source)
    if known is None:
        limits = source.limits.narrowed(max_length=max(_FEW, source.limits.min_length or 0))
        if isinstance(source, Dicts):
            known = Dicts(source.key, source.value, limits, source.kind)
        else:
            known = type(source)(source.item, limits, source.kind)
        _shorter[source] = known
    return known


def leads_to(source: Source, model: Any) -> bool:
    """Whether a source gives objects of a model, by itself or in a list."""
    return any(one.model is model for one in _nested(source))


def is_deep(source: Source) -> bool:
    """Whether a source gives objects of models, by itself or in what it gives."""
    return next(_nested(source), None) is not None


def _nested(source: Any) -> Iterator[Nested]:
    if isinstance(source, Nested):
        yield source
        return
    parts = [getattr(source, name, None) for name in ("source", "item", "value")]
    for one in (*parts, *getattr(source, "sources", ()), *getattr(source, "items", ())):
        if isinstance(one, Source):
            yield from _nested(one)
