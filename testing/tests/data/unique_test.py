"""Unique values stay what they are, don't come twice, and are no other test's."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from belljar.data import CannotMeet, Draw, Exhausted, Unique
from belljar.data.tagging import tagged

TAG = "k3j5h2lq7a"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("", TAG),
        ("Ada Lovelace", f"Ada Lovelace-{TAG}"),
        ("ada@example.com", f"ada-{TAG}@example.com"),
        ("ada.b+c@shop.example.com", f"ada.b+c-{TAG}@shop.example.com"),
        ("www.shop.test", f"www-{TAG}.shop.test"),
        ("https://www.shop.test:8443/a?b=c#d", f"https://www-{TAG}.shop.test:8443/a?b=c#d"),
        ("postgresql://u:p@db.test/x", f"postgresql://u:p@db-{TAG}.test/x"),
        ("http://127.0.0.1:8080/a/b", f"http://127.0.0.1:8080/a/b-{TAG}"),
        ("http://localhost", f"http://localhost/{TAG}"),
        ("http://[::1]:80/?q", f"http://[::1]:80/{TAG}?q"),
        ("example.com", f"{TAG}.example.com"),
        ("https://example.org/", f"https://{TAG}.example.org/"),
        ("2.4.1", f"2.4.1-{TAG}"),
        ("a@b@c", f"a@b@c-{TAG}"),
    ],
)
def test_a_tag_is_put_where_the_text_stays_what_it_is(base: str, expected: str) -> None:
    assert tagged(base, TAG) == expected


def test_nothing_is_longer_than_it_may_be() -> None:
    """An e-mail's local part has 64 characters at most, a label of a host 63."""
    assert len(tagged("a" * 200 + "@example.com", TAG).partition("@")[0]) == 64  # type: ignore[union-attr]
    assert len(tagged("a" * 63 + ".test", TAG).partition(".")[0]) == 63  # type: ignore[union-attr]
    for base in ("Ada Lovelace", "ada@example.com", "www.shop.test", "https://shop.test/a"):
        for limit in range(5, 45):
            text = tagged(base, TAG, limit)
            assert text is None or (len(text) <= limit and TAG in text)


def test_no_room_for_the_tag_is_an_error_that_says_how_much_it_takes() -> None:
    with pytest.raises(CannotMeet, match=r"no room for a tag in 9 characters.*needs 10 at least"):
        Unique(1).text("", 9)
    with pytest.raises(CannotMeet, match=r"'ada@example.com' needs 22 at least"):
        Unique(1).text("ada@example.com", 20)
    assert len(Unique(1).text("ada@example.com", 22)) == 22


def test_texts_of_one_test_are_all_different_also_of_one_base() -> None:
    unique = Unique(7)
    texts = [unique.text(base) for _ in range(500) for base in ("", "x", "x-1", "x-", "1")]
    assert len(set(texts)) == len(texts)
    assert all(re.fullmatch(r"(.*-)?\d*[a-z2-7]{10}", text) for text in texts)


def test_a_text_that_has_a_tag_already_gets_another_one() -> None:
    unique = Unique(7)
    texts = [unique.text("x")]
    for _ in range(50):
        texts.append(unique.text(texts[-1]))
    assert len(set(texts)) == len(texts)


def test_tests_have_tags_of_their_own() -> None:
    tags = {Draw(0, f"a_test.py::test_{number}").unique.tag for number in range(20_000)}
    assert len(tags) == 20_000


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 2), (-5, 5), (1, 1000), (0, 2**16)])
def test_integers_are_all_that_there_are_each_once_and_then_an_error(low: int, high: int) -> None:
    unique = Unique(3)
    size = high - low + 1
    assert {unique.integer(low, high) for _ in range(size)} == set(range(low, high + 1))
    with pytest.raises(Exhausted, match=f"all {size} numbers from {low} to {high}"):
        unique.integer(low, high)


def test_integers_of_ranges_that_overlap_are_different_too() -> None:
    unique = Unique(3)
    given = [unique.integer(*bounds) for _ in range(30) for bounds in ((1, 100), (50, 150))]
    assert len(set(given)) == 60


def test_integers_of_other_tests_are_others_where_there_is_room() -> None:
    given = [
        unique.integer(0, 2**53 - 1)
        for unique in (Unique(Draw(0, str(number)).key) for number in range(5_000))
        for _ in range(10)
    ]
    assert len(set(given)) == 50_000


def test_a_range_without_numbers_is_an_error() -> None:
    with pytest.raises(CannotMeet, match=r"say unique.integer\(1, 5\)"):
        Unique(1).integer(5, 1)


def test_uuids_are_of_version_4_and_nobody_elses() -> None:
    uuids = [Unique(key).uuid() for key in range(100)]
    unique = Unique(0)
    uuids += [unique.uuid() for _ in range(100)][1:]
    assert len(set(uuids)) == 199
    assert {uuid.version for uuid in uuids} == {4}


def test_fakers_unique_tags_what_has_room_and_lets_the_rest_be() -> None:
    fake, tag = Draw(0, "x").faker, None
    for name in ("name", "first_name", "company", "street_address", "sentence", "user_name", "job"):
        value = getattr(fake.unique, name)()
        found = re.search(r"-\d*([a-z2-7]{10})\Z", value)
        assert found is not None, f"{name}: {value}"
        tag = tag or found[1]
        assert found[1] == tag
    assert re.fullmatch(rf"[^@]+-\d*{tag}@[^@]+", fake.unique.email())
    assert re.fullmatch(rf"[^.]+-\d*{tag}\..+", fake.unique.domain_name())
    assert tag in (urlsplit(fake.unique.url()).hostname or "").partition(".")[0]
    assert re.fullmatch(rf".*-\d*{tag}\.\w+", fake.unique.file_name(extension="csv"))
    assert re.fullmatch(rf"/.*-\d*{tag}\.\w+", fake.unique.file_path())
    for name in (
        "uuid4",
        "iban",
        "credit_card_number",
        "ean13",
        "sha256",
        "country",
        "date",
        "pyint",
        "phone_number",
    ):
        assert str(tag) not in str(getattr(fake.unique, name)())


def test_a_text_keeps_to_its_length_with_its_tag() -> None:
    unique = Draw(0, "x").faker.unique
    assert {len(unique.text(max_nb_chars=40)) <= 40 for _ in range(50)} == {True}
    with pytest.raises(CannotMeet, match=r"(?s)faker.unique.text: .*ask for longer ones"):
        unique.text(max_nb_chars=8)


def test_fakers_unique_has_all_that_fakers_own_has() -> None:
    fake = Draw(0, "x", ["de_DE", "fr_FR"]).faker
    values = [fake.unique["de_DE"].name() for _ in range(20)]
    assert len(set(values)) == 20
    loose = fake.unique.exclude_types([bool])
    assert len([loose.boolean() for _ in range(10)]) == 10
    first = {fake.unique.random_digit() for _ in range(10)}
    fake.unique.clear()
    assert {fake.unique.random_digit() for _ in range(10)} == first == set(range(10))
    with pytest.raises(TypeError, match="non-functions"):
        _ = fake.unique.locales


def test_values_that_have_run_out_are_an_error_that_fakers_own_handlers_catch() -> None:
    from faker.exceptions import UniquenessException

    unique = Draw(0, "x").faker.unique
    with pytest.raises(UniquenessException) as caught:
        for _ in range(3):
            unique.boolean()
    assert isinstance(caught.value, Exhausted)
    assert str(caught.value).startswith("faker.unique.boolean: boolean has given 2 values")
    assert "fix:" in str(caught.value)


def test_a_providers_own_texts_are_tagged_if_it_says_so() -> None:
    from faker.providers import BaseProvider

    class Pets(BaseProvider):
        __unique_texts__ = frozenset({"pet"})

        def pet(self) -> str:
            return "cat"

        def chip(self) -> str:
            return "9851"

    fake = Draw(0, "x").faker
    fake.add_provider(Pets)
    assert fake.unique.pet() != fake.unique.pet()
    assert fake.unique.chip() == "9851"
    with pytest.raises(Exhausted):
        fake.unique.chip()
