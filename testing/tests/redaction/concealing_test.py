"""What is concealed is taken out of a text however it is written there, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import quoteattr

import pytest

from belljar.redaction import conceal, redact, redact_bytes
from belljar.redaction.environment import conceal_variables

SECRET = "p/ä+\"w'<o>&r%d 7Qm2Zr"


@pytest.mark.parametrize(
    "write",
    [
        str,
        repr,
        ascii,
        quote,
        quote_plus,
        html.escape,
        json.dumps,
        quoteattr,
        lambda text: quote(text, safe="").lower().replace("qm", "Qm").replace("zr", "Zr"),
        lambda text: json.dumps(json.dumps({"a": [text]})),
        lambda text: repr(json.dumps([text], ensure_ascii=False)),
        lambda text: repr(text.encode()),
        lambda text: text.encode().hex(),
        lambda text: text.encode("unicode_escape").decode(),
        lambda text: json.dumps({"url": f"redis://:{quote(text, safe='')}@h"}),
    ],
)
def test_every_form_is_taken_out(write: Callable[[str], str]) -> None:
    conceal(SECRET, "KEY")
    shown = redact(f"before {write(SECRET)} after")
    assert "[secret KEY]" in shown
    assert "7Qm2Zr" not in shown
    assert b"7Qm2Zr" not in redact_bytes(write(SECRET).encode())


@pytest.mark.parametrize("before", ["", "u", "us", "use:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_taken_out_wherever_it_begins(
    before: str, encode: Callable[[bytes], bytes]
) -> None:
    conceal(SECRET, "KEY")
    whole = encode(f"{before}{SECRET}:after".encode()).decode()
    shown = redact(whole)
    inner = base64.b64encode(SECRET.encode()).decode()
    assert "[secret KEY]" in shown
    assert len(shown) - len("[secret KEY]") <= len(whole) - len(inner) + 4


def test_each_line_of_a_key_is_a_secret_too() -> None:
    body = base64.encodebytes(bytes(range(100))).decode()
    conceal(f"-----BEGIN KEY-----\n{body}-----END KEY-----\n", "KEY")
    for line in body.splitlines():
        assert redact(f"| {line}") == "| [secret KEY]"
    assert redact("-----BEGIN KEY-----") == "-----BEGIN KEY-----"


def test_a_text_without_secrets_is_the_same_one() -> None:
    conceal(SECRET)
    text = "p/ä+ and 7Qm2Z, password: none\n"
    assert redact(text) == text
    assert redact_bytes(bytes(range(256))) == bytes(range(256))


def test_utf_16_is_bytes_too() -> None:
    conceal("sesame-open", "DOOR")
    data = redact_bytes("a sesame-open b".encode("utf-16"))
    assert data.decode("utf-16") == "a [secret DOOR] b"


def test_of_two_that_overlap_nothing_is_left() -> None:
    conceal("sesame-open", "SHORT")
    conceal("sesame-open-and-close", "LONG")
    assert redact("sesame-open-and-close sesame-open") == "[secret LONG] [secret SHORT]"


def test_a_change_of_colour_in_a_secret_hides_nothing_and_stays() -> None:
    conceal("sesame-open", "DOOR")
    assert redact("a \x1b[31msesame\x1b[0m-open b") == "a \x1b[31m[secret DOOR]\x1b[0m b"


@pytest.mark.parametrize(
    ("secret", "reason"), [("abc", "has only 3 characters"), ("True", "is an ordinary word")]
)
def test_what_would_blot_out_everything_is_refused(secret: str, reason: str) -> None:
    with pytest.warns(UserWarning, match=f"the secret PIN is not concealed, for it {reason}"):
        conceal(secret, "PIN")
    assert redact(f"abc {secret}") == f"abc {secret}"


def test_nothing_is_no_secret() -> None:
    conceal("", "UNSET")
    conceal("  ", "BLANK")
    assert redact("a  b") == "a  b"


def test_a_name_breaks_no_page() -> None:
    conceal("sesame-open", 'the "door"</p>')
    assert redact("<p>sesame-open</p>") == "<p>[secret the door/p]</p>"


def test_a_new_secret_for_each_of_many_tests_stays_cheap() -> None:
    """Each is looked for at once; making one pattern of all each time would take minutes."""
    begun = time.process_time()
    for number in range(400):
        conceal(f"token-{number:04}-xyz")
        assert redact(f"token-{number:04}-xyz") == "[secret]"
    assert time.process_time() - begun < 30
    assert (
        redact("token-0000-xyz token-0399-xyz token-0400-xyz") == "[secret] [secret] token-0400-xyz"
    )


def test_variables_are_named_by_patterns() -> None:
    environ = {
        "A_TOKEN": "first-secret",
        "HOME": "/home/me",
        "BELLJAR_SECRETS": "B C",
        "C": "third-one",
    }
    conceal_variables(["*_TOKEN"], environ)
    assert redact("first-secret /home/me third-one") == "[secret A_TOKEN] /home/me [secret C]"
