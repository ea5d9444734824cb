"""What goes to a stream has no secret, in one piece or several, and comes out as soon as it may."""

from __future__ import annotations

import io
import sys

import pytest

from belljar.redaction import conceal, streams
from belljar.redaction.streams import RedactingBuffer


@pytest.fixture
def inner() -> io.BytesIO:
    """What receives the bytes."""
    return io.BytesIO()


@pytest.fixture
def stream(inner: io.BytesIO) -> RedactingBuffer:
    """The stream that is written to."""
    return RedactingBuffer(inner)


def test_without_secrets_every_byte_goes_through(
    stream: RedactingBuffer, inner: io.BytesIO
) -> None:
    assert stream.write(b"a\xff\x00") == 3
    assert inner.getvalue() == b"a\xff\x00"


def test_a_secret_in_pieces_is_one(stream: RedactingBuffer, inner: io.BytesIO) -> None:
    conceal("sesame-open", "DOOR")
    for letter in b"say sesame-open!":
        stream.write(bytes([letter]))
    assert inner.getvalue() == b"say [secret DOOR]!"


def test_what_only_begins_like_one_comes_out(stream: RedactingBuffer, inner: io.BytesIO) -> None:
    conceal("sesame-open", "DOOR")
    stream.write(b"a sesame-")
    assert inner.getvalue() == b"a "
    stream.write(b"seed\n")
    assert inner.getvalue() == b"a sesame-seed\n"


def test_a_prompt_is_seen_when_it_is_flushed(stream: RedactingBuffer, inner: io.BytesIO) -> None:
    conceal("sesame-open", "DOOR")
    stream.write(b"yes")
    stream.flush()
    assert inner.getvalue() == b"yes"


def test_the_end_is_written_when_nothing_follows(
    stream: RedactingBuffer, inner: io.BytesIO
) -> None:
    conceal("sesame-open", "DOOR")
    stream.write(b"sesame")
    stream.close()
    assert inner.getvalue() == b"sesame"
    assert not inner.closed


def test_what_was_written_through_a_replaced_stream_is_not_lost(
    inner: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest's capturing puts the old stream back; the reporter goes on to write to ours."""
    monkeypatch.setattr(streams, "_made", [])
    before = io.TextIOWrapper(inner, encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", before)
    streams.redact_streams()
    ours = sys.stdout
    monkeypatch.setattr(sys, "stdout", before)
    ours.write("1 passed")
    assert inner.getvalue() == b""
    streams.settle_streams()
    assert inner.getvalue() == b"1 passed"
