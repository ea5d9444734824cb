"""Answers as they come over the wire, and when a server is warm."""

from __future__ import annotations

import pytest
from http_load import Load, answer_length
from mock_loads import LONGEST, warm

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (b"", 0),
        (HEAD, 0),
        (HEAD + b"Content-Length: 2\r\n\r\n", len(HEAD) + 23),
        (HEAD + b"content-length:2\r\n\r\nok", len(HEAD) + 22),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", 0),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", len(HEAD) + 42),
    ],
)
def test_an_answer_is_whole_when_its_length_has_come(data: bytes, length: int) -> None:
    """0: more is needed to tell."""
    assert answer_length(data) == length


def test_an_answer_that_is_not_200_ends_the_load() -> None:
    """A refusal is quick, and no figure."""
    with pytest.raises(ValueError, match=r"it answered b'HTTP/1\.1 503 Busy"):
        answer_length(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")


def test_a_server_is_warm_when_it_gets_no_quicker() -> None:
    """Four loads in a row that are not 3 % quicker than the best before."""
    seconds = iter([4.0, 2.0, 1.0, 1.0, 0.99, 1.2, 1.0, 0.1])
    assert warm(lambda: Load(1000, next(seconds), 0.1)) == pytest.approx(11.19)


def test_a_server_that_gets_quicker_for_ever_is_not_waited_for() -> None:
    """There is an end to it."""
    loads = 0

    def load() -> Load:
        nonlocal loads
        loads += 1
        return Load(1000 * 2**loads, 10.0, 0.1)

    assert warm(load) == LONGEST
