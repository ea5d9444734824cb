"""Others' names are never broken: groups can be left out, and fixtures and options of others stay theirs."""

from __future__ import annotations

import pytest

from belljar.plugin import _GROUPS

pytest_plugins = ["pytester"]


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of tests that are not Bazel's."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=":")
    pytester.makeini("[pytest]\n")
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("--import-mode=importlib", *arguments)


PLUGIN = "import pytest\n@pytest.fixture\ndef payments(): return 'theirs'\n"
TEST = "def test_it(payments): assert payments == 'theirs'\n"
HEADER = "belljar: steps back, for others have the fixture payments (acme_plugin)"


@pytest.mark.parametrize(
    "plugins",
    [("acme_plugin", "belljar.plugin"), ("belljar.plugin", "acme_plugin")],
    ids=["theirs-first", "ours-first"],
)
def test_another_plugins_fixture_wins_whichever_comes_first(
    suite: pytest.Pytester, plugins: tuple[str, str]
) -> None:
    """And the header says so, in one line."""
    suite.makepyfile(acme_plugin=PLUGIN, test_a=TEST)
    result = run(suite, *(word for plugin in plugins for word in ("-p", plugin)))
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([HEADER])


def test_a_conftests_fixture_wins_and_needs_no_word(suite: pytest.Pytester) -> None:
    """By pytest's own rule; also where it is called `database`, or as our others are."""
    suite.makeconftest(
        "import pytest\n"
        "@pytest.fixture\ndef payments(): return 'theirs'\n"
        "@pytest.fixture\ndef database(payments): return payments\n"
        "@pytest.fixture\ndef faults(): return 'none'\n"
        "@pytest.fixture\ndef services(): return {'payments': None}\n"
    )
    suite.makepyfile(
        test_a="def test_it(database, faults, services): assert database == 'theirs'\n"
    )
    result = run(suite, "-p", "belljar.plugin")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("belljar: steps back*")


def test_our_mocks_work_beside_fixtures_of_a_team_that_have_our_other_names(
    suite: pytest.Pytester,
) -> None:
    """A team's `services` and `faults` are not ours, and are not asked."""
    suite.makeconftest(
        "import pytest\n"
        "@pytest.fixture\ndef services(): return ['a', 'b']\n"
        "@pytest.fixture\ndef faults(): return 'none'\n"
    )
    suite.makepyfile(
        test_a="def test_it(services, faults, payments): assert payments.journal() == []\n"
    )
    run(suite, "-p", "belljar.plugin").assert_outcomes(passed=1)


@pytest.mark.parametrize("loaded", ["-p", "conftest"])
def test_an_option_that_a_conftest_has_already_stays_its_own(
    suite: pytest.Pytester, loaded: str
) -> None:
    """Many suites have a `--run-integration`; `-m integration` says what ours would."""
    suite.makeconftest(
        ("pytest_plugins = ['belljar.plugin']\n" if loaded == "conftest" else "")
        + "def pytest_addoption(parser):\n"
        "    parser.addoption('--run-integration', action='store', default='x')\n"
    )
    suite.makepyfile(
        test_a="def test_it(pytestconfig): assert pytestconfig.getoption('--run-integration') == 'y'\n"
    )
    arguments = ["-p", "belljar.plugin"] if loaded == "-p" else []
    result = run(suite, *arguments, "--run-integration=y")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["belljar: steps back, for others have --run-integration"])
    assert run(suite, *arguments, "--run-unit").parseoutcomes() == {"deselected": 1}


@pytest.mark.parametrize("where", ["conftest", "acme_plugin"])
def test_an_option_of_a_group_that_others_have_is_told_with_how_to_leave_the_group_out(
    suite: pytest.Pytester, where: str
) -> None:
    """Pytest takes no option twice."""
    suite.makepyfile(
        **{
            where: "def pytest_addoption(parser): parser.addoption('--faults', action='store_true')\n"
        },
        test_a="def test_it(): pass\n",
    )
    plugins = ["-p", where] if where == "acme_plugin" else []
    result = run(suite, *plugins, "-p", "belljar.plugin")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: the option --faults is of belljar's group faults, * belljar_without = faults *"]
    )
    suite.makeini("[pytest]\nbelljar_without = faults\n")
    run(suite, *plugins, "-p", "belljar.plugin").assert_outcomes(passed=1)


@pytest.mark.parametrize("name", _GROUPS)
def test_each_group_can_be_left_out(suite: pytest.Pytester, name: str) -> None:
    """On the command line, after the ini file has asked for the plugin; the rest works on."""
    suite.makeini("[pytest]\naddopts = -p belljar.plugin\n")
    suite.makepyfile(test_a="def test_it(): pass\n")
    run(suite, "-p", f"no:{name}").assert_outcomes(passed=1)


def test_the_ini_file_leaves_groups_out_with_their_parts(suite: pytest.Pytester) -> None:
    """`mocks` has several parts, `databases.sqlite` is one."""
    suite.makeini("[pytest]\nbelljar_without = mocks databases.sqlite\n")
    suite.makepyfile(test_a="def test_it(inbox): pass\ndef test_file(sqlite_file): pass\n")
    result = run(suite, "-p", "belljar.plugin")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines_random(
        ["*fixture 'inbox' not found", "*fixture 'sqlite_file' not found"]
    )


def test_a_group_that_does_not_exist_is_a_usage_error(suite: pytest.Pytester) -> None:
    """With the choices."""
    suite.makeini("[pytest]\nbelljar_without = mock\n")
    result = run(suite, "-p", "belljar.plugin")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "*belljar_without: 'mock' is no group of fixtures; name one or more of these, *: fence, *databases, *"
        ]
    )
