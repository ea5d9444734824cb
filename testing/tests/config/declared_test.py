"""What this target's BUILD file says is what its tests have."""

from __future__ import annotations

import os

import pytest

from belljar.config import TestSettings


def test_the_targets_env_and_profiles_are_read(test_settings: TestSettings) -> None:
    if "BELLJAR_SETTINGS" not in os.environ:
        pytest.skip("the BUILD file's env and settings are there under Bazel alone")
    assert test_settings.database.pool_size == 3
    origin = test_settings.origins["database.pool_size"]
    place = "TEST__DATABASE__POOL_SIZE (//testing/tests/config:declared_test, env)"
    assert origin == ("target", place)
