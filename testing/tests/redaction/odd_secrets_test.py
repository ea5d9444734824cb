"""Secrets of odd shapes are concealed like others, and what is no secret is refused by name."""

from __future__ import annotations

import base64
import time
from email.mime.text import MIMEText
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr

from belljar.redaction import conceal, redact, redact_bytes

KEY = "sk_live/51Hq8X+v2KpLm9Zt"
# As long as a file of many keys.
LONG = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(8192))


@pytest.mark.parametrize("secret", [KEY.encode(), SecretStr(KEY), SecretBytes(KEY.encode())])
def test_a_secret_may_be_bytes_or_in_a_holder(secret: Any) -> None:
    conceal(secret, "KEY")
    assert redact(f"a {KEY} b") == "a [secret KEY] b"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "the secret PIN is None; .* call conceal.. once it has been loaded"),
        (12345678, "the secret PIN is of type int; .* conceal.str.value.. if it is one"),
    ],
)
def test_what_is_no_text_is_refused_without_being_shown(value: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told) as caught:
        conceal(value, "PIN")
    assert "12345678" not in str(caught.value)


def test_a_variable_that_is_no_utf_8_is_a_secret_too() -> None:
    raw = b"p\xe4ssw\xf6rd-77"
    conceal(raw.decode("utf-8", "surrogateescape"), "OLD")
    conceal("half-\ud83d-of-an-emoji", "HALF")
    assert redact_bytes(b"a " + raw + b" b") == b"a [secret OLD] b"
    assert redact(repr(raw)) == "b'[secret OLD]'"
    assert redact("a half-\ud83d-of-an-emoji b") == "a [secret HALF] b"


def test_a_long_secret_is_looked_for_soon_and_as_a_whole() -> None:
    begun = time.process_time()
    conceal(LONG, "LONG")
    assert redact(f"a {LONG} b") == "a [secret LONG] b"
    assert redact_bytes(LONG.encode().hex().encode()) == b"[secret LONG]"
    assert redact(base64.b64encode(LONG.encode()).decode()).startswith("[secret LONG]")
    assert time.process_time() - begun < 6


def test_of_a_long_secret_that_differs_at_its_end_the_begin_is_taken_out() -> None:
    conceal(LONG, "LONG")
    conceal(LONG[:300] + "-and-another", "OTHER")
    assert redact(LONG[:-1] + "~") == "[secret LONG]~"
    assert redact(LONG[:300] + "-and-another one") == "[secret OTHER] one"
    assert redact(LONG[:200]) == LONG[:200]


@pytest.mark.parametrize("before", range(0, 120, 7))
def test_base64_of_several_lines_is_one_text(before: int) -> None:
    conceal(KEY, "KEY")
    mail = MIMEText("x" * before + KEY + " is the key. " * 9, "plain", "utf-8").as_string()
    shown = redact(mail)
    assert "[secret KEY]" in shown
    assert shown.count("\n") == mail.count("\n")
    assert redact_bytes(mail.replace("\n", "\r\n").encode()).count(b"[secret KEY]") == 1


def test_base64_of_several_lines_may_have_it_often() -> None:
    conceal(KEY, "KEY")
    mail = MIMEText(KEY * 9, "plain", "utf-8").as_string()
    assert redact(mail).count("[secret KEY]") >= 9
    body = redact(mail).split("\n\n", 1)[1].replace("[secret KEY]", "").replace("\n", "")
    assert len(body) < 9 * 5


def test_long_lines_without_a_secret_stay() -> None:
    conceal(KEY, "KEY")
    mail = MIMEText("nothing here " * 30, "plain", "utf-8").as_string()
    assert redact(mail) is mail


@pytest.mark.parametrize(
    "written",
    [
        KEY.encode().hex(" "),
        KEY.encode().hex(":").upper(),
        KEY.replace("+", "\\u002B"),
        "".join(letter if letter.isalnum() else f"\\u{ord(letter):04x}" for letter in KEY),
        "".join(letter if letter.isalnum() else f"&#{ord(letter)};" for letter in KEY),
        "".join(letter if letter.isalnum() else f"&#x{ord(letter):X};" for letter in KEY),
    ],
)
def test_encoders_that_trust_few_characters_hide_nothing(written: str) -> None:
    conceal(KEY, "KEY")
    assert redact(f"<{written}>") == "<[secret KEY]>"
