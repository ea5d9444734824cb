"""Listings come page by page, in order, with common prefixes, and miss or repeat nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from belljar.mocks.storage import Storage

KEYS = sorted(["a", "a/1", "a/2", "a/b/3", "b", "b/1", "c/", "ä/1", "z", "z/z/z", "p%2Fq", "s p"])


@pytest.fixture(name="full")
def _full(s3: Any, bucket: str) -> str:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


@pytest.mark.parametrize("call", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("delimiter", ["", "/"])
@pytest.mark.parametrize("prefix", ["", "a", "a/", "z/", "nothing"])
def test_pages_have_all_keys_and_prefixes_once(
    s3: Any, full: str, call: str, size: int, delimiter: str, prefix: str
) -> None:
    keys, prefixes = [], []
    pages = s3.get_paginator(call).paginate(
        Bucket=full, Prefix=prefix, Delimiter=delimiter, PaginationConfig={"PageSize": size}
    )
    for page in pages:
        found = page.get("Contents", []) + page.get("CommonPrefixes", [])
        assert len(found) <= size
        keys += [one["Key"] for one in page.get("Contents", [])]
        prefixes += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
    wanted = [key for key in KEYS if key.startswith(prefix)]
    cut = [key[len(prefix) :].partition("/") for key in wanted]
    if delimiter:
        common = {prefix + head + "/" for head, slash, _ in cut if slash}
        assert prefixes == sorted(common)
        wanted = [key for key, (_, slash, _) in zip(wanted, cut, strict=True) if not slash]
    assert keys == wanted


def test_a_listing_begins_after_a_key(s3: Any, full: str) -> None:
    found = s3.list_objects_v2(Bucket=full, StartAfter="b")
    assert [one["Key"] for one in found["Contents"]] == [key for key in KEYS if key > "b"]


def test_a_token_that_is_none_is_refused(s3: Any, full: str, fails: Any) -> None:
    assert fails(s3.list_objects_v2, Bucket=full, ContinuationToken="x") == "InvalidArgument"


def test_versions_are_listed_page_by_page(s3: Any, storage: Storage) -> None:
    bucket = storage.bucket(versioning=True)
    for key in ("a", "b", "c"):
        for number in range(3):
            s3.put_object(Bucket=bucket, Key=key, Body=str(number).encode())
    s3.delete_object(Bucket=bucket, Key="b")
    found, markers = [], []
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 2}
    )
    for page in pages:
        found += page.get("Versions", [])
        markers += page.get("DeleteMarkers", [])
    assert [one["Key"] for one in found] == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert len({one["VersionId"] for one in found}) == 9
    assert [one["IsLatest"] for one in found] == [True, False, False] + [False] * 3 + [
        True,
        False,
        False,
    ]
    assert [(one["Key"], one["IsLatest"]) for one in markers] == [("b", True)]
    assert all(x["LastModified"] >= y["LastModified"] for x, y in pairwise(found[:3]))
