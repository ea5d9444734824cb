"""Selection of a target's tests: Bazel's --test_filter, and its shards.

A filter is, in this order: a node id or the end of one (`orders_test.py::test_pay`,
`TestPay::test_twice`, with or without parameters), a test's exact name (`test_pay`,
`test_pay[eur]`), a pattern with * or ?, or an expression as for pytest's -k.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

__all__ = ["FilterError", "matcher", "shard"]


class FilterError(ValueError):
    """A --test_filter that is neither a name, a node id nor an expression."""


def shard(nodeids: Sequence[str], index: int, total: int) -> set[str]:
    """Gives the node ids of shard `index` of `total`: every test in exactly one, in any order."""
    return {nodeid for position, nodeid in enumerate(sorted(nodeids)) if position % total == index}


def matcher(text: str, nodeids: Sequence[str]) -> Callable[[str, Callable[[str], bool]], bool]:
    """Gives a function (node id, keyword test) -> whether the filter takes that test.

    The keyword test says whether a bare word of an expression matches the test.

    Raises:
      FilterError: `text` is none of the forms.
    """
    exact = {nodeid for nodeid in nodeids if _named(text, nodeid)}
    if exact:
        return lambda nodeid, _keywords: nodeid in exact
    if "::" in text or text.endswith(".py"):
        return lambda _nodeid, _keywords: False
    if re.search(r"[*?]", text) and not re.search(r"\s", text):
        return lambda nodeid, _keywords: (
            fnmatchcase(nodeid, text) or fnmatchcase(nodeid.rpartition("::")[2], text)
        )

    from _pytest.mark.expression import Expression

    try:
        expression = Expression.compile(text)
    except SyntaxError as error:
        raise FilterError(
            f"--test_filter={text!r} is no test's name, and no expression either ({error}); give a name "
            "(test_pay), a node id (pay_test.py::test_pay), a pattern (test_pay*) or an expression "
            "(pay and not refund)"
        ) from error
    # An expression's words are matched with what pytest's own -k looks at.
    return lambda _nodeid, keywords: expression.evaluate(lambda word, /, **_kwargs: keywords(word))


def _named(text: str, nodeid: str) -> bool:
    bare = nodeid.partition("[")[0]
    for name in (nodeid, bare):
        if name == text or name.endswith(("::" + text, "/" + text)):
            return True
    # A file's or class's name takes all that is in it.
    path = bare.split("::")
    return any(
        "::".join(path[:end]) == text or "::".join(path[:end]).endswith(("/" + text, "::" + text))
        for end in range(1, len(path))
    )
