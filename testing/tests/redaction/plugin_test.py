"""What a test suite sees of the plugin: secrets by name, by fixture, between workers, and its own objects whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
SECRET = "sk_live_51Hq8Xv2KpLm9Zt"


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest on a module of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("TOKEN", SECRET)
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}\n")
        pytester.makepyfile(f"SECRET = '-'.join(['first-part', 'second-part'])\n{code}")
        return pytester.runpytest_subprocess(
            "-p", "belljar.redaction.plugin", "-p", "no:cacheprovider", *options
        )

    return run_pytest


def test_a_variable_that_the_ini_file_names_is_secret(run: Run) -> None:
    code = "import os\ndef test_it(): assert os.environ['TOKEN'] == 'x', os.environ['TOKEN']"
    result = run(code, ini="belljar_secrets = MISSING TOK*")
    result.stdout.fnmatch_lines(["E * AssertionError: ?secret TOKEN]"])
    assert SECRET not in result.stdout.str()


def test_an_unnamed_variable_is_none(run: Run) -> None:
    result = run("import os\ndef test_it(): assert os.environ['TOKEN'] == 'x'")
    assert SECRET in result.stdout.str()


def test_what_a_test_conceals_is_secret_from_then_on(run: Run) -> None:
    code = """
        def test_it(conceal):
            conceal(SECRET, "session")
            print("it is", SECRET)
            assert False
    """
    result = run(code.replace("\n        ", "\n"))
    result.stdout.fnmatch_lines(["it is ?secret session]"])


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "in-a-worker"])
def test_what_a_worker_conceals_is_secret_to_all_that_write(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """The controller, which never saw the secret, goes through the outputs."""
    outputs = pytester.mkdir("outputs")
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(outputs))
    code = """
        import os, warnings
        from pathlib import Path

        def test_it(conceal, record_property):
            conceal(SECRET, "session")
            record_property("session", SECRET)
            warnings.warn(f"soon {SECRET} expires")
            Path(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], "shop.log").write_text(SECRET)
    """
    result = run(
        code.replace("\n        ", "\n"),
        "--junitxml=junit.xml",
        *options,
        ini="junit_family = xunit1",
    )
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*soon ?secret session] expires*"])
    assert (outputs / "shop.log").read_text() == "[secret session]"
    assert 'name="session" value="[secret session]"' in Path("junit.xml").read_text()


def test_the_objects_of_a_test_stay_as_they_are(run: Run) -> None:
    """Captured output, log records, warnings and exceptions are the test's own affair."""
    code = """
        import logging, sys, warnings
        import pytest

        def test_it(conceal, capsys, caplog):
            conceal(SECRET)
            print(SECRET)
            assert capsys.readouterr().out == SECRET + "\\\\n"
            logging.warning(SECRET)
            assert caplog.messages == [SECRET] and SECRET in caplog.text
            with pytest.warns(UserWarning, match=SECRET):
                warnings.warn(SECRET)
            with pytest.raises(ValueError, match=SECRET) as raised:
                raise ValueError(SECRET)
            assert raised.value.args == (SECRET,)
            assert sys.stdout.encoding.lower() == "utf-8"
    """
    run(code.replace("\n        ", "\n").replace("\\\\n", "\\n")).assert_outcomes(passed=1)


def test_two_tests_whose_names_differ_by_their_secrets_stay_two(run: Run) -> None:
    code = """
        import os, pytest

        @pytest.mark.parametrize("token", [os.environ["TOKEN"]] * 2)
        def test_it(token): pass
    """
    result = run(code.replace("\n        ", "\n"), "-v", ini="belljar_secrets = TOKEN")
    result.assert_outcomes(passed=2)
    assert SECRET not in result.stdout.str()


def test_a_conftest_that_cannot_be_imported_shows_no_secret(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("import os\nraise RuntimeError(os.environ['TOKEN'])")
    result = run("def test_it(): pass", ini="belljar_secrets = TOKEN")
    assert SECRET not in result.stdout.str() + result.stderr.str()
    assert "[secret TOKEN]" in result.stderr.str()


def test_a_module_that_cannot_be_imported_shows_no_secret(run: Run) -> None:
    code = "import os\nraise RuntimeError(os.environ['TOKEN'])\ndef test_it(): pass"
    result = run(code, ini="belljar_secrets = TOKEN")
    result.assert_outcomes(errors=1)
    assert SECRET not in result.stdout.str()


def test_a_secret_that_is_too_short_is_told_of(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "abc")
    result = run("def test_it(): pass", ini="belljar_secrets = TOKEN")
    result.assert_outcomes(passed=1)
    text = result.stdout.str() + result.stderr.str()
    assert "the secret TOKEN is not concealed, for it has only 3 characters" in text


def test_what_is_written_to_the_first_streams_has_no_secret_either(run: Run) -> None:
    """As a handler of logging does it, that was made before output was captured."""
    code = """
        import os, sys
        def test_it():
            print("out", os.environ["TOKEN"], file=sys.__stdout__, flush=True)
            print("err", os.environ["TOKEN"], file=sys.__stderr__, flush=True)
    """
    result = run(code.replace("\n        ", "\n"), "-s", ini="belljar_secrets = TOKEN")
    result.stdout.fnmatch_lines(["*out ?secret TOKEN]"])
    result.stderr.fnmatch_lines(["*err ?secret TOKEN]"])


@pytest.mark.parametrize("option", ["--html", "--json-report-file", "--report-log", "--alluredir"])
def test_reports_of_other_plugins_are_gone_through_at_the_end(
    run: Run, pytester: pytest.Pytester, option: str
) -> None:
    """They may look at the exception itself, and may write last of all."""
    names = {"--html": "htmlpath", "--alluredir": "allure_report_dir"}
    name = names.get(option, option.strip("-").replace("-", "_"))
    pytester.makeconftest(f"""
        import pathlib
        def pytest_addoption(parser):
            parser.addoption({option!r}, dest={name!r})
        seen = []
        def pytest_runtest_makereport(call):
            seen.append(str(call.excinfo))
        def pytest_configure(config):
            path = pathlib.Path(config.getoption({name!r}))
            config.add_cleanup(lambda: path.write_text(" ".join([*seen, {SECRET[:14]!r} + "..." + {SECRET[-9:]!r}])))
    """)
    run(
        "import os\ndef test_it(): raise ValueError(os.environ['TOKEN'])",
        f"{option}=report.txt",
        ini="belljar_secrets = TOKEN",
    )
    assert "[secret TOKEN]" in (pytester.path / "report.txt").read_text()
    assert SECRET not in (pytester.path / "report.txt").read_text()
    assert SECRET[-9:] not in (pytester.path / "report.txt").read_text()


def test_the_file_of_pytest_s_own_debugging_has_no_secret(
    run: Run, pytester: pytest.Pytester
) -> None:
    code = "import os\ndef test_it(): raise ValueError(os.environ['TOKEN'])"
    run(code, "--debug=debug.log", ini="belljar_secrets = TOKEN")
    assert "[secret TOKEN]" in (pytester.path / "debug.log").read_text()
    assert SECRET not in (pytester.path / "debug.log").read_text()


def test_junit_has_its_numbers_when_a_secret_looks_like_one(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The year, as a PIN: the file's time stamps are read by programs."""
    monkeypatch.setenv("PIN", f"{datetime.now(UTC).year}")
    run("def test_it(): pass", "--junitxml=junit.xml", ini="belljar_secrets = PIN")
    (suite,) = ElementTree.parse(pytester.path / "junit.xml").getroot()
    assert suite.get("timestamp", "").startswith(os.environ["PIN"])


@pytest.mark.skipif(sys.platform == "win32", reason="variables are Unicode there")
def test_a_variable_that_is_no_utf_8_reaches_the_workers(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD", os.fsdecode(b"p\xe4ssw\xf6rd-77"))
    code = "import os\ndef test_it(): assert os.environb[b'OLD'] == b'x'"
    result = run(code, "-n1", ini="belljar_secrets = OLD")
    result.assert_outcomes(failed=1)
    assert "rd-77" not in result.stdout.str()
