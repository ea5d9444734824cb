"""Of a secret that pytest cut off no piece is left; a word that looks like one stays."""

from __future__ import annotations

import pytest

from belljar.redaction import conceal
from belljar.redaction.fragments import redact_report_text

SECRET = "sk_live_51Hq8Xv2KpLm9Zt"


@pytest.fixture(autouse=True)
def concealed_key() -> None:
    """Conceal the secret that all tests here cut."""
    conceal(SECRET, "KEY")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("assert 'sk_live_51Hq...v2KpLm9Zt' == 'x'", "assert '[secret KEY]...[secret KEY]' == 'x'"),
        ("'sk_live_51'... and more", "'[secret KEY]'... and more"),
        ("'a[12 chars]Xv2KpLm9Zt' != 'b'", "'a[12 chars][secret KEY]' != 'b'"),
        ("sk_live_51Hq8…", "[secret KEY]…"),
    ],
)
def test_a_piece_beside_dots_is_taken_out(text: str, clean: str) -> None:
    assert redact_report_text(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("E   - Xv2KpLm9Zt", "E   - [secret KEY]"),
        (
            "E     b'..sk_live_51'\nE     b'Hq8Xv2KpLm9Zt'",
            "E     b'..[secret KEY]'\nE     b'[secret KEY]'",
        ),
        ("E   + sk_live_51Hq8Xv2KpLm9ZZ", "E   + [secret KEY]Z"),
        ("assert 'x sk_live_51Hq8Xv2KpLm9ZZ y' == 1", "assert 'x [secret KEY]Z y' == 1"),
    ],
)
def test_a_piece_in_a_comparison_is_taken_out(text: str, clean: str) -> None:
    assert redact_report_text(text, failure=True) == clean


@pytest.mark.parametrize("text", ["the key sk_live_ is short", "    sk_live_51 = 1", "E   sk_liv"])
def test_a_word_that_begins_like_a_secret_stays(text: str) -> None:
    assert redact_report_text(text, failure=True) == text


def test_colours_are_no_way_around() -> None:
    text = "\x1b[31mE   - \x1b[0msk_live\x1b[33m_51Hq8Xv2KpLm9\x1b[0mZZ"
    clean = "\x1b[31mE   - \x1b[0m[secret KEY]\x1b[33m\x1b[0mZ"
    assert redact_report_text(text, failure=True) == clean
