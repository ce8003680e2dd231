"""The engine's tests in two halves, which two workers run at once, each in one project that has everything."""

from pathlib import Path

from conftest import ENGINE, all_passed, bake_into, run

FIRST = {"callbacks", "cli", "core", "inference", "reports", "sweeps"}
PYTEST = f"uv run pytest -q -n 0 -c pyproject.toml --rootdir . --confcutdir {ENGINE}"


def folders(first: bool) -> list[Path]:
    """Folders of the tests of a half: together they are all."""
    found = sorted({path.parent for path in ENGINE.glob("*/test_*.py")})
    assert {path.name for path in found} > FIRST
    assert not list(ENGINE.glob("test_*.py"))
    return [path for path in found if (path.name in FIRST) == first]


def project_of_its_own(folder: Path) -> Path:
    """Some tests write into the project."""
    return bake_into(folder, serve=True)


def run_half(first: bool, project: Path, environment: dict[str, str], options: str = "") -> None:
    all_passed(run(f"{PYTEST} {' '.join(map(str, folders(first)))} {options}", project, environment))
