"""The build of PyTorch: what can be tried without PyTorch's own index."""

import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, bake_into, run

Environment = dict[str, str]


def settings_of_uv(project: Path) -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["uv"]
    return settings


def test_an_index_out_of_reach_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    project = bake_into(tmp_path, ROOT / "configs" / "cpu.yaml")
    assert not (project / "uv.lock").exists()
    assert (project / "my_cpu_project").is_dir()


@pytest.mark.exhaustive
def test_the_build_of_pytorch_is_the_chosen_one(projects: dict[str, Path]) -> None:
    chosen = settings_of_uv(projects["cpu"])
    (index,) = chosen["index"]
    assert index["explicit"]
    assert index["url"].endswith("/whl/cpu")
    assert chosen["sources"] == {name: {"index": index["name"]} for name in ("torch", "torchvision")}
    for name in ("default", "blank", "full", "minimal", "research"):
        assert not {"index", "sources"} & set(settings_of_uv(projects[name]))


def write_wheel(index: Path, name: str, version: str, *requirements: str) -> None:
    """A package index with one empty package."""
    file = f"{name}-{version}-py3-none-any.whl"
    (index / name).mkdir(parents=True)
    (index / name / "index.html").write_text(f'<a href="{file}">{file}</a>')
    needed = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    with zipfile.ZipFile(index / name / file, "w") as wheel:
        folder = f"{name}-{version}.dist-info"
        wheel.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}")
        wheel.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{folder}/RECORD", "")


@pytest.mark.exhaustive
def test_uv_takes_torch_from_the_chosen_index_and_nothing_else(
    projects: dict[str, Path], environment: Environment, tmp_path: Path
) -> None:
    """PyTorch's index may be out of reach: an index in a folder stands in for it."""
    write_wheel(tmp_path / "index", "torch", "9.0.0+cpu")
    write_wheel(tmp_path / "index", "torchvision", "9.0.0+cpu", "torch==9.0.0")
    write_wheel(tmp_path / "index", "numpy", "9.0.0")
    project = bake_into(tmp_path, ROOT / "configs" / "cpu.yaml")
    settings = project / "pyproject.toml"
    url = settings_of_uv(project)["index"][0]["url"]
    settings.write_text(settings.read_text().replace(url, (tmp_path / "index").as_uri()))
    run("uv lock", project, environment)
    packages = {package["name"]: package for package in tomllib.loads((project / "uv.lock").read_text())["package"]}
    taken = {name for name, package in packages.items() if package.get("version", "").startswith("9.0.0")}
    assert taken == {"torch", "torchvision"}
    assert "numpy" in packages
    assert not [name for name in packages if name.startswith("nvidia-cu")]
    locked = tomllib.loads((projects["default"] / "uv.lock").read_text())["package"]
    assert [package for package in locked if package["name"].startswith("nvidia-cu")]
