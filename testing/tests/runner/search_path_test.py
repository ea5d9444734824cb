"""The search path: one folder in place of an entry a wheel."""

from __future__ import annotations

from pathlib import Path

from belljar.runner.search_path import flatten


def tree(root: Path, *files: str) -> str:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(f"{root.name}\n", encoding="utf-8")
    return str(root)


def test_wheels_become_one_folder_and_the_rest_keeps_its_order(tmp_path: Path) -> None:
    """The folder stands where the first wheel stood; the wheels' own roots go too."""
    first = tree(tmp_path / "pip_first" / "site-packages", "first.py")
    second = tree(tmp_path / "pip_second" / "site-packages", "second/__init__.py")
    path = [
        "/app",
        str(Path(first).parent),
        first,
        "/lib",
        str(Path(second).parent),
        second,
        "/std",
    ]
    assert flatten(path, tmp_path / "flat") == ["/app", str(tmp_path / "flat"), "/lib", "/std"]
    assert (tmp_path / "flat" / "first.py").read_text() == "site-packages\n"
    assert (tmp_path / "flat" / "second" / "__init__.py").exists()


def test_a_folder_that_several_wheels_share_has_the_files_of_all(tmp_path: Path) -> None:
    """Three levels of a namespace, spread over three wheels."""
    wheels = [
        tree(tmp_path / name / "site-packages", *files)
        for name, files in {
            "a": ["acme/cloud/a.py", "__pycache__/a.pyc"],
            "b": ["acme/cloud/b.py", "acme/edge/b.py", "__pycache__/b.pyc"],
            "c": ["acme/cloud/c.py"],
        }.items()
    ]
    flatten(wheels, tmp_path / "flat")
    found = {
        p.relative_to(tmp_path / "flat").as_posix() for p in (tmp_path / "flat").rglob("*.py*")
    }
    assert found >= {
        "acme/cloud/a.py",
        "acme/cloud/b.py",
        "acme/cloud/c.py",
        "__pycache__/a.pyc",
        "__pycache__/b.pyc",
    }
    # A shared folder that only the second wheel has stays one link.
    assert (tmp_path / "flat" / "acme" / "edge").is_symlink()


def test_where_two_wheels_have_one_file_the_first_on_the_path_wins(tmp_path: Path) -> None:
    """As it is on a search path."""
    wheels = [tree(tmp_path / name / "site-packages", "same.py") for name in ("one", "two")]
    (Path(wheels[0]) / "same.py").write_text("one", encoding="utf-8")
    flatten(wheels, tmp_path / "flat")
    assert (tmp_path / "flat" / "same.py").read_text() == "one"


def test_a_path_without_wheels_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is made then."""
    assert flatten(["/app", "/std"], tmp_path / "flat") == ["/app", "/std"]
    assert not (tmp_path / "flat").exists()
