"""What is left of a failed test's database."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from belljar.databases import BadExport, Kept, NotKept, PostgresServer, import_, keep
from belljar.databases import keeping as of_keeping
from belljar.databases.keeping import file_name, outputs_folder, parse_size, why_not
from belljar.databases.kept import choose, find_kept
from belljar.databases.urls import database_of

pytest_plugins = ["pytester"]

Ask = Callable[[str, str], object]

NODE = "services/orders/tests/stock_test.py::TestStock::test_paying[card/€]"


@pytest.fixture(scope="module")
def url(server: PostgresServer) -> str:
    """Give a database with one row."""
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'kept' AS x")
    return url


def test_a_database_is_kept_under_its_tests_name(
    url: str, server: PostgresServer, tmp_path: Path, ask: Ask
) -> None:
    kept = keep(url, NODE, tmp_path / "outputs")
    assert kept == Kept(tmp_path / "outputs/databases/stock_test.TestStock.test_paying-card.dump")
    assert isinstance(kept, Kept)
    assert ask(import_(server, kept.path), "SELECT x FROM t") == "kept"


def test_an_engines_url_will_do(url: str, tmp_path: Path) -> None:
    engine_url = url.replace("postgresql://", "postgresql+psycopg://")
    assert isinstance(keep(engine_url, NODE, tmp_path), Kept)


def test_every_kept_one_has_a_file_of_its_own(url: str, tmp_path: Path) -> None:
    """Parameters that differ in signs only, shards and workers may come to the same name."""
    with ThreadPoolExecutor(3) as pool:
        kept = list(pool.map(lambda _: keep(url, "a_test.py::test[?]", tmp_path), range(3)))
    names = {result.path.name for result in kept if isinstance(result, Kept)}
    assert names == {"a_test.test.dump", "a_test.test-2.dump", "a_test.test-3.dump"}


def test_one_above_the_limit_is_not_kept(url: str, tmp_path: Path) -> None:
    result = keep(url, NODE, tmp_path, limit_bytes=1024 * 1024)
    assert isinstance(result, NotKept)
    assert result.line().startswith("the database was not kept: it has ")
    assert result.line().endswith("MB, and the limit (belljar_keep_database_limit) is 1 MB")
    assert not list(tmp_path.iterdir())


def test_a_database_that_is_gone_is_one_line(server: PostgresServer, tmp_path: Path) -> None:
    gone = server.create_database()
    server.drop_database(gone)
    result = keep(gone, NODE, tmp_path)
    assert isinstance(result, NotKept)
    assert "does not exist" in result.why and "\n" not in result.why


def test_outputs_that_cannot_be_written_are_one_line(url: str, tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file")
    result = keep(url, NODE, tmp_path / "outputs")
    assert isinstance(result, NotKept) and "\n" not in result.why


def test_a_lock_that_the_test_holds_does_not_hang_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("belljar.databases.exporting.LOCK_MILLISECONDS", 50)
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE t")
        result = keep(url, NODE, tmp_path)
        connection.rollback()
    assert isinstance(result, NotKept) and "lock" in result.why
    assert not list((tmp_path / "databases").iterdir())


def test_a_dump_that_takes_too_long_is_given_up(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_keeping, "SECONDS", 0.0001)
    result = keep(url, NODE, tmp_path)
    assert isinstance(result, NotKept) and "did not end within" in result.why
    assert not list((tmp_path / "databases").iterdir())


def test_ci_keeps_none_unless_asked() -> None:
    assert why_not(environ={}) == ""
    assert why_not(environ={"CI": "false"}) == ""
    assert why_not(environ={"CI": "true"}).startswith("this is CI")
    assert why_not(wanted=True, environ={"CI": "true"}) == ""
    assert why_not(environ={"CI": "true", "BELLJAR_KEEP_DATABASE": "1"}) == ""
    assert "forbids it" in why_not(environ={"BELLJAR_KEEP_DATABASE": "0"})
    assert "forbids it" in why_not(wanted=False, environ={"BELLJAR_KEEP_DATABASE": "1"})


def test_outputs_are_bazels_or_the_folder_given(tmp_path: Path) -> None:
    assert outputs_folder(tmp_path, {}) == tmp_path
    assert outputs_folder(tmp_path, {"TEST_UNDECLARED_OUTPUTS_DIR": "/o"}) == Path("/o")


def test_the_line_opens_it_by_path_or_by_the_targets_label(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "a_test.test.dump")
    assert kept.line({}) == f"./bazelw run //testing:psql -- {kept.path}"
    for label in ("//a:b", "@//a:b", "@@//a:b"):
        line = kept.line({"TEST_TARGET": label})
        assert line == "./bazelw run //testing:psql -- //a:b --name a_test.test"


def test_the_last_state_of_a_test_replaces_the_one_before(
    url: str, server: PostgresServer, tmp_path: Path, ask: Ask
) -> None:
    """Where outputs are not emptied between runs."""
    first = keep(url, "a/b_test.py::test", tmp_path, replace=True)
    copy = server.create_database(template=database_of(url))
    ask(copy, "UPDATE t SET x = 'newer' RETURNING x")
    assert keep(copy, "a/b_test.py::test", tmp_path, replace=True) == first
    assert isinstance(first, Kept)
    assert ask(import_(server, first.path), "SELECT x FROM t") == "newer"
    assert keep(url, "c/b_test.py::test", tmp_path, replace=True) != first


def test_hundreds_of_failures_do_not_fill_the_disk(url: str, tmp_path: Path) -> None:
    limit = 16 << 20
    (tmp_path / "databases").mkdir()
    with (tmp_path / "databases/others.dump").open("wb") as file:
        file.truncate(8 * limit + 1)
    result = keep(url, NODE, tmp_path, limit)
    assert isinstance(result, NotKept) and "has 128 MB of others, 8 times the limit" in result.why


PLUGIN = """
    import os, pytest
    from belljar.databases.keeping import add_keeping_options as pytest_addoption, keep_failed

    def hold():
        print("HELD")
        return os.environ["KEPT_URL"]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        if report.failed:
            report.sections.append(("kept", keep_failed(item, hold) or "none"))
            report.sections.append(("kept", keep_failed(item, hold, "audit") or "none"))
        return report
"""


@pytest.fixture
def kept_lines(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, url: str
) -> Callable[..., list[str]]:
    """Run a test that fails, with options, and give what is said about its database."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "TEST_TARGET", "CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("KEPT_URL", url)

    def run_pytest(*options: str, ini: str = "", **environment: str) -> list[str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        pytester.makeini(f"[pytest]\n{ini}\n")
        pytester.makeconftest(PLUGIN)
        pytester.makepyfile(a_test="def test_it(): assert False")
        result = pytester.runpytest_subprocess("a_test.py", *options)
        result.assert_outcomes(failed=1)
        lines = result.outlines
        return [lines[n + 1] for n, line in enumerate(lines) if line.strip("- ") == "kept"]

    return run_pytest


def test_a_failed_tests_databases_are_kept_in_pytests_cache(
    kept_lines: Callable[..., list[str]], tmp_path: Path
) -> None:
    for _ in range(2):
        one, audit = (Path(line.rpartition(" ")[2]) for line in kept_lines())
        assert one.is_file() and audit.is_file()
        assert one.name.startswith("a_test.test_it-")
        assert audit.name.startswith("a_test.test_it.audit-")
        assert len(list(one.parent.iterdir())) == 2


def test_under_bazel_they_are_among_its_outputs(
    kept_lines: Callable[..., list[str]], tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs"
    lines = kept_lines(TEST_UNDECLARED_OUTPUTS_DIR=str(outputs), TEST_TARGET="//shop:a_test")
    start = "./bazelw run //testing:psql -- //shop:a_test --name a_test.test_it"
    assert lines == [start, f"{start}.audit"]
    names = [path.name for path in sorted((outputs / "databases").iterdir())]
    assert names == ["a_test.test_it.audit.dump", "a_test.test_it.dump"]


def test_where_none_is_wanted_nothing_is_said(kept_lines: Callable[..., list[str]]) -> None:
    assert kept_lines("--no-keep-database") == ["none", "none"]
    assert kept_lines(CI="1") == ["none", "none"]
    assert "none" not in kept_lines("--keep-database", CI="1")


def test_the_limit_is_an_ini_option(kept_lines: Callable[..., list[str]]) -> None:
    (line, _) = kept_lines(ini="belljar_keep_database_limit = 1 MB")
    assert line.endswith("the limit (belljar_keep_database_limit) is 1 MB")
    (line, _) = kept_lines(ini="belljar_keep_database_limit = much")
    assert "belljar_keep_database_limit: 'much' is not a size" in line


def test_a_database_that_cannot_be_held_is_one_line(kept_lines: Callable[..., list[str]]) -> None:
    (line, _) = kept_lines(KEPT_URL="postgresql://nobody@/gone?host=/nowhere")
    assert line.startswith("the database was not kept: ")


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("64 MB", 64 << 20), ("500kb", 500 << 10), ("2G", 2 << 30), ("1 MiB", 1 << 20)],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1 TB", "1.5 MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size; write it like 64 MB"):
        parse_size(text)


def test_a_name_is_made_for_files() -> None:
    assert file_name("a/b_test.py::test_x[../../etc]") == "b_test.test_x-..-..-etc"
    assert file_name("€") == "database"
    assert len(file_name(f"a_test.py::test[{'x' * 500}]")) == 120


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Give a folder of outputs with two kept databases and other things."""
    folder = tmp_path / "test.outputs"
    (folder / "databases").mkdir(parents=True)
    for name in ("databases/a.dump", "databases/b.sql", "other.sql", "databases/notes.txt"):
        (folder / name).write_text(name)
    return folder


def zipped(outputs: Path, target: Path) -> Path:
    """Pack outputs as Bazel does."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(outputs.rglob("*")):
            archive.write(path, path.relative_to(outputs))
    return target


def test_kept_ones_are_found_in_a_folder_or_a_zip(outputs: Path, tmp_path: Path) -> None:
    zipped(outputs, tmp_path / "logs/outputs.zip")
    for named in ("test.outputs", "test.outputs/databases", "logs", "logs/outputs.zip"):
        found = find_kept(named, tmp_path, tmp_path)
        assert [kept.name for kept in found] == ["a", "b"]
        unpacked = found[1].file(tmp_path)
        assert unpacked.read_text() == "databases/b.sql"


def test_a_labels_last_outputs_are_found(outputs: Path, tmp_path: Path) -> None:
    logs = tmp_path / ".out/testlogs/shop/tests/stock_test"
    for shard in ("shard_1_of_2", "shard_2_of_2"):
        zipped(outputs, logs / shard / "test.outputs/outputs.zip")
    package = tmp_path / "shop" / "tests"
    package.mkdir(parents=True)
    for label, here in (
        ("//shop/tests:stock_test", tmp_path),
        ("@@//shop/tests:stock_test", package),
        (":stock_test", package),
        ("//shop/tests/stock_test", tmp_path),
    ):
        if label.endswith("/stock_test"):  # //a/b stands for //a/b:b
            (tmp_path / ".out/testlogs/shop/tests/stock_test/stock_test").mkdir()
            zipped(outputs, logs / "stock_test/test.outputs/outputs.zip")
            assert len(find_kept(label, here, tmp_path)) == 2
        else:
            found = find_kept(label, here, tmp_path)
            places = [kept.place for kept in found]
            assert places == [f"shard_{n}_of_2/test.outputs" for n in (1, 1, 2, 2)]


def test_bazels_own_links_will_do(outputs: Path, tmp_path: Path) -> None:
    (tmp_path / "bazel-testlogs/a").mkdir(parents=True)
    outputs.rename(tmp_path / "bazel-testlogs/a/b")
    assert len(find_kept("//a:b", tmp_path, tmp_path)) == 2


def test_a_label_without_a_result_is_said(tmp_path: Path) -> None:
    (tmp_path / ".out/testlogs").mkdir(parents=True)
    with pytest.raises(
        BadExport, match=r"no result of //a:b; looked for: .*testlogs/a/b\n  fix: run"
    ):
        find_kept("//a:b", tmp_path, tmp_path)


def test_outputs_without_a_database_say_how_to_keep_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    zipped(tmp_path / "empty", tmp_path / "outputs.zip")
    for named in ("empty", "outputs.zip"):
        with pytest.raises(BadExport, match=r"no kept database in (?s:.*)BELLJAR_KEEP_DATABASE=1"):
            find_kept(named, tmp_path, tmp_path)


def test_a_zip_that_is_broken_is_said(tmp_path: Path) -> None:
    (tmp_path / "outputs.zip").write_text("no zip")
    with pytest.raises(BadExport, match=r"outputs\.zip is not a zip file"):
        find_kept("outputs.zip", tmp_path, tmp_path)


def test_one_of_several_is_chosen_by_name_or_number(outputs: Path, tmp_path: Path) -> None:
    found = find_kept("test.outputs", tmp_path, tmp_path)
    assert choose(found, "b").name == choose(found, "2").name == "b"
    for wanted, said in (("", "2 databases were kept"), ("3", "no kept database is called '3'")):
        with pytest.raises(BadExport, match=rf"{said}; choose one (?s:.*)1  a  (?s:.*)2  b  "):
            choose(found, wanted)
    with pytest.raises(BadExport, match="2 kept databases are called 'a'"):
        choose([found[0], found[0]], "a")
