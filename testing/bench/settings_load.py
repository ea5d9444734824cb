"""`load_milliseconds`: what it takes to load settings, the import of pydantic apart."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

__all__ = ["load_milliseconds"]

KEYS = 40


def load_milliseconds(rounds: int = 25) -> float:
    """Gives the median time of one load: a profile that extends another, two .env files, variables and options.

    Each load reads its files again, and checks every key of a class with eight sections of five settings.
    """
    from pydantic import SecretStr, create_model

    from belljar.config import Section, TestSettings, load

    parts: dict[str, object] = {}
    for number in range(KEYS // 5):
        section = create_model(
            f"Part{number}",
            __base__=Section,
            size=(int, 1),
            rate=(float, 0.5),
            name=(str, ""),
            labels=(dict[str, str], {}),
            key=(SecretStr, SecretStr("")),
        )
        parts[f"part{number}"] = (section, section())
    kind = create_model("BenchSettings", __base__=TestSettings, **parts)  # type: ignore[call-overload]
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "testing" / "config").mkdir(parents=True)
        _write(root)
        environ = {f"TEST__PART{number}__KEY": f"env:KEY{number}" for number in range(KEYS // 5)}
        environ |= {f"KEY{number}": f"secret-of-{number}" for number in range(KEYS // 5)}
        for _ in range(rounds):
            start = time.perf_counter()
            load(kind, root=root, profile="ci", environ=environ, settings=["part0.size=9"])
            taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def _write(root: Path) -> None:
    sections = [
        f'[part{number}]\nsize = {number}\nname = "n"\nlabels = {{ a = "1", b = "2" }}\n'
        for number in range(KEYS // 5)
    ]
    (root / "testing/config/local.toml").write_text("\n".join(sections), encoding="utf-8")
    (root / "testing/config/ci.toml").write_text(
        'extends = "local"\n' + "\n".join(sections), encoding="utf-8"
    )
    lines = "".join(f"TEST__PART{number}__RATE=0.{number}\n" for number in range(KEYS // 5))
    for name in (".env", ".env.ci"):
        (root / name).write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    print(f"{load_milliseconds():.2f} ms")
