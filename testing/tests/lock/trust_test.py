"""uv trusts what the machine trusts, as pip does, unless somebody chose."""

from __future__ import annotations

from pathlib import Path

import belljar_uv
import pytest

RULES = Path(__file__).parents[3] / "bazel" / "private" / "uv_environment.bzl"
CHOICES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")


@pytest.fixture(autouse=True)
def bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The list of certificates of a machine where nobody chose anything."""
    for name in (*CHOICES, "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "certificates"
    file.touch()
    monkeypatch.setattr(belljar_uv, "BUNDLES", (str(file),))
    return file


def test_the_machines_certificates_are_trusted() -> None:
    """uv left to itself trusts a list of its own, and refuses a company's index."""
    assert belljar_uv.uv_environment() == {"UV_SYSTEM_CERTS": "1"}


def test_a_machine_without_any_leaves_uv_its_own(
    monkeypatch: pytest.MonkeyPatch, bundle: Path
) -> None:
    """Told to use a list that is not there, uv would stop."""
    monkeypatch.setattr("sys.platform", "linux")
    bundle.unlink()
    assert belljar_uv.uv_environment() == {}


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_stands(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whoever set one of uv's own variables meant it."""
    monkeypatch.setenv(name, "chosen")
    assert belljar_uv.uv_environment() == {}


def test_what_pip_was_given_uv_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    """One setting for both."""
    monkeypatch.setenv("PIP_CERT", "/company.pem")
    assert belljar_uv.uv_environment() == {"SSL_CERT_FILE": "/company.pem"}


def test_starlark_and_python_look_in_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list stands twice, since neither can import the other."""
    monkeypatch.undo()
    lines = RULES.read_text(encoding="utf-8").splitlines()
    places = [line.strip(' ",') for line in lines if line.startswith('    "/etc/')]
    assert places == list(belljar_uv.BUNDLES)
