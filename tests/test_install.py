"""A project as a package: imported from any folder, two of them in one environment."""

import subprocess
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import run

Environment = dict[str, str]
IMPORT = """
import my_project, my_regression
from my_project.models.mlp import MLP
from my_regression.models.my_network import MyNetwork
from my_project.engine.core.paths import CONFIGS
from my_regression.engine.core.paths import CONFIGS as OTHERS
for package in (my_project, my_regression):
    print(package.__file__)
for configs in (CONFIGS, OTHERS):
    print((configs / "train.yaml").is_file())
print(MLP.__module__, MyNetwork.__module__)
"""


@pytest.fixture
def empty(environment: Environment, tmp_path: Path) -> Path:
    """An environment of its own, which sees the packages of the shared one; the path of its Python."""
    shared = Path(environment["UV_PROJECT_ENVIRONMENT"])
    run(f"uv venv --quiet --python {shared / 'bin' / 'python'} venv", tmp_path, environment)
    own, seen = (
        Path(sysconfig.get_path("purelib", vars={"base": str(base), "platbase": str(base)}))
        for base in (tmp_path / "venv", shared)
    )
    (own / "shared.pth").write_text(f"{seen}\n")
    return tmp_path / "venv" / "bin" / "python"


def install(words: str, python: Path, environment: Environment) -> None:
    """`uv pip install <words>`, with nothing from the network."""
    run(f"uv pip install --quiet --offline --no-deps --python {python} {words}", python.parent, environment)


def test_two_projects_share_an_environment(
    projects: dict[str, Path], environment: Environment, empty: Path, tmp_path: Path
) -> None:
    both = [projects["default"] / "my_project", projects["blank"] / "my_regression"]
    install(" ".join(f"--editable '{package.parent}'" for package in both), empty, environment)
    said = run(f"{empty} -c '{IMPORT}'", tmp_path, environment)
    files = [str(package / "__init__.py") for package in both]
    assert said.splitlines() == [*files, "True", "True", "my_project.models.mlp my_regression.models.my_network"]


def test_a_script_of_an_installed_project_runs_from_any_folder(
    projects: dict[str, Path], environment: Environment, empty: Path, tmp_path: Path
) -> None:
    install(f"--editable '{projects['blank']}'", empty, environment)
    script = projects["blank"] / "train.py"
    for command in (str(script), "-m train"):
        assert "mean_squared_error" in run(f"{empty} {command} --help", tmp_path, environment)


def test_a_wheel_holds_the_package_alone(
    projects: dict[str, Path], environment: Environment, empty: Path, tmp_path: Path
) -> None:
    """It is enough to import the parts; configs, schemas and scripts stay in the project's folder."""
    project = projects["full"]
    run(f"uv build --quiet --offline --wheel --out-dir {tmp_path / 'dist'}", project, environment)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name[-1] != "/"}
    shipped = {name for name in names if not name.startswith("my_full_project-0.1.0.dist-info/")}
    listed = subprocess.run(
        ["git", "ls-files", "my_full_project"], cwd=project, text=True, capture_output=True, check=True
    )
    assert shipped == set(listed.stdout.split())
    assert {"my_full_project/py.typed", "my_full_project/engine/serving/page.html"} <= shipped
    assert "my_full_project-0.1.0.dist-info/licenses/LICENSE" in names
    install(str(wheel), empty, environment)
    said = run(
        f"{empty} -c 'from my_full_project.engine.core import errors; print(errors.__file__)'", tmp_path, environment
    )
    assert f"{tmp_path / 'venv'}/" in said
