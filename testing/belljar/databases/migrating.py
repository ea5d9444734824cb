"""`run_steps`: a recipe's migrations and seed, run on a database; what fails is told in its words."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from belljar.databases.errors import TemplateNotBuilt
from belljar.databases.recipe import Recipe
from belljar.databases.target import Target
from belljar.processes import ProcessError, start_process
from belljar.processes.errors import describe_exit

__all__ = ["run_steps"]


def run_steps(recipe: Recipe, target: Target, run_sql: Callable[[Path], None]) -> None:
    """Run them in order; `run_sql` runs one SQL file. Raises `TemplateNotBuilt`."""
    for what, step in recipe.steps():
        try:
            if step.kind == "alembic":
                from belljar.databases.migrating_alembic import upgrade

                upgrade([Path(file) for file in step.files], target)
            elif step.kind == "program":
                _run_program(Path(step.files[0]), target)
            elif step.kind == "scenario":
                _load_scenario([Path(file) for file in step.files], target)
            else:
                for file in step.files:
                    run_sql(Path(file))
        except TemplateNotBuilt as error:
            raise TemplateNotBuilt(f"{what} failed: {error}") from None


def _load_scenario(files: list[Path], target: Target) -> None:
    from belljar.data.errors import DataError
    from belljar.data.scenarios import load

    try:
        load(files, target.url)
    except DataError as error:
        raise TemplateNotBuilt(str(error)) from None


def _run_program(program: Path, target: Target) -> None:
    environment = dict(os.environ) | {**target.environment, "DATABASE_URL": target.url}
    try:
        with start_process(
            [program.absolute()], env=environment, stop_signal=signal.SIGTERM
        ) as process:
            code = process.wait()
            said = process.log_tail(200)
    except ProcessError as error:
        raise TemplateNotBuilt(str(error)) from None
    if code != 0:
        lines = "".join(f"\n  | {line}" for line in said.splitlines()) or " (it said nothing)"
        raise TemplateNotBuilt(f"{program}: {describe_exit(code or 0)}; it said:{lines}")
