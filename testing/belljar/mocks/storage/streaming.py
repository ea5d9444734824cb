"""`unwrap`: a body in `aws-chunked` form, with checksums behind it, as the content that it carries."""

from __future__ import annotations

import re

from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.requests import Call

__all__ = ["unwrap"]

_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})(?:;[^\r\n]*)?\r\n")


def unwrap(call: Call) -> None:
    """Replace the body by its content, and add the trailers to the headers. Raises `S3Error`."""
    encodings = [one.strip() for one in call.header("content-encoding").split(",") if one.strip()]
    streamed = call.header("x-amz-content-sha256").startswith("STREAMING-")
    if not streamed and "aws-chunked" not in encodings:
        return
    content, position = bytearray(), 0
    while True:
        size = _SIZE.match(call.body, position)
        if size is None:
            raise S3Error("IncompleteBody")
        start, length = size.end(), int(size[1], 16)
        if not length:
            position = start
            break
        if call.body[start + length : start + length + 2] != b"\r\n":
            raise S3Error("IncompleteBody")
        content += call.body[start : start + length]
        position = start + length + 2
    length_told = call.header("x-amz-decoded-content-length")
    if length_told and length_told != str(len(content)):
        raise S3Error(
            "IncompleteBody",
            extra={
                "NumberBytesExpected": length_told,
                "NumberBytesProvided": str(len(content)),
            },
        )
    trailers = {}
    for line in call.body[position:].split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon:
            trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    for wanted in call.header("x-amz-trailer").split(","):
        if wanted.strip() and wanted.strip().lower() not in trailers:
            raise S3Error("MalformedXML", f"The trailer {wanted.strip()} is missing")
    # What is kept is the content's own encoding.
    kept = ",".join(one for one in encodings if one != "aws-chunked")
    headers = {name: value for name, value in call.headers.items() if name != "content-encoding"}
    if kept:
        headers["content-encoding"] = kept
    call.headers = headers | trailers
    call.body = bytes(content)
