"""Secrets are random, the same for all who ask, and not in what is printed."""

from __future__ import annotations

from belljar.services.redaction import Secrets


def test_a_secret_is_the_same_for_everybody_in_a_graph() -> None:
    secrets = Secrets()
    assert secrets["KEY"] == secrets["KEY"]
    assert secrets["KEY"] != secrets["PIN"]


def test_no_secret_looks_like_an_option_of_a_command_line() -> None:
    """`--key -x7` would be told from `--key x7`, once in many runs."""
    secrets = Secrets()
    assert all(secrets[f"KEY{number}"].isalnum() for number in range(100))


def test_two_graphs_have_different_ones() -> None:
    assert Secrets()["KEY"] != Secrets()["KEY"]


def test_a_secret_is_named_in_place_of_its_value() -> None:
    secrets = Secrets()
    assert secrets.redact(f"key={secrets['KEY']}, again {secrets['KEY']}") == (
        "key=[secret KEY], again [secret KEY]"
    )


def test_a_database_s_password_is_a_secret_in_every_form() -> None:
    secrets = Secrets()
    secrets.hide_password("postgresql://root:p%40ssword@h/d", "db")
    assert secrets.redact("p%40ssword p@ssword") == "[password of db] [password of db]"


def test_an_empty_password_hides_nothing() -> None:
    secrets = Secrets()
    secrets.hide_password("postgresql://root:@h/d", "db")
    secrets.hide_password("sqlite:///x", "file")
    assert secrets.redact("a text") == "a text"
