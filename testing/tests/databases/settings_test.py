"""The configuration file that servers get."""

from __future__ import annotations

import pytest

from belljar.databases.settings import config_file


def test_values_are_quoted() -> None:
    assert "a = 'it''s \\\\ here'\n" in config_file({"a": "it's \\ here"}, 18)


def test_what_an_older_server_does_not_know_is_left_out() -> None:
    settings = {"io_method": "sync", "fsync": "off"}
    assert "io_method" in config_file(settings, 18)
    assert "io_method" not in config_file(settings, 17)
    assert "fsync = 'off'" in config_file(settings, 13)


def test_a_value_of_several_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="several lines"):
        config_file({"a": "b\nc"}, 18)
