"""Every command in a README runs, and every file that a README tells to write works as it stands there."""

import re
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, bake_into, run

Environment = dict[str, str]
BLOCK = re.compile(r"^```(bash|python|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(readme: Path) -> list[str]:
    blocks = BLOCK.findall(readme.read_text())
    return [line for kind, text in blocks if kind == "bash" for line in text.splitlines() if line]


def write_files(project: Path) -> list[Path]:
    """Write each block whose first line is a path."""
    written = []
    for kind, text in BLOCK.findall((project / "README.md").read_text()):
        first, _, content = text.partition("\n")
        if kind != "bash" and re.fullmatch(r"# \S+\.(py|yaml)", first):
            path = project / first.removeprefix("# ")
            assert not path.exists()
            path.write_text(content)
            written.append(path)
    return written


def make_data(project: Path) -> None:
    """Tiny files where the commands expect data."""
    code = (
        "import sys; sys.path[:0] = ['.', 'tests']\n"
        "from pathlib import Path\n"
        "import test_image_classification as images\n"
        "for name in ('MNIST', 'FashionMNIST'): images.stand_in(Path('data'), name)\n"
        "images.write_photos(Path('photos'))\n"
    )
    (project / "make_data.py").write_text(code)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, projects: dict[str, Path], environment: Environment) -> Path:
    """A project of its own, with the files that its README tells to write."""
    made = bake_into(tmp_path_factory.mktemp("readme"))
    (made / "uv.lock").write_text((projects["default"] / "uv.lock").read_text())
    assert len(write_files(made)) == 6
    make_data(made)
    run("uv run python make_data.py", made, environment)
    return made


def test_commands_of_the_generated_readme(project: Path, environment: Environment) -> None:
    for command in commands(project / "README.md"):
        if command == "uv run pytest":
            continue  # test_projects.py runs it, and the test below runs it with the new files
        if "tensorboard" in command:
            said = run(f"timeout 30 {command} --port 0", project, environment, status=124)
            assert "TensorBoard 2" in said
            continue
        if "<time>-<suffix>" in command:
            (folder,) = (project / "logs" / "short").iterdir()
            command = command.replace("<time>-<suffix>", folder.name)
        said = run(command, project, environment)
        if "train.py" in command and "--help" not in command:
            assert "test/acc" in said, command


def test_the_new_files_are_found_by_the_tests(project: Path, environment: Environment) -> None:
    said = run(
        "uv run pytest -v tests/test_configs.py tests/test_training.py -k 'configs or learns'", project, environment
    )
    for name in ("dataset=stripes", "network=linear", "loss=margin", "learns[linear]"):
        assert re.search(rf"{re.escape(name)}.* PASSED", said)
    run("uv run mypy", project, environment)
    run("uv run ruff check", project, environment)
    run("uv run ruff format --check", project, environment)


def test_the_checkpoint_loads_as_the_readme_says(project: Path, environment: Environment) -> None:
    (block,) = [text for kind, text in BLOCK.findall((project / "README.md").read_text()) if "import load" in text]
    (folder,) = (project / "logs" / "short").iterdir()
    code = block.replace("<name>", "short").replace("<time>-<suffix>", folder.name)
    code = code.replace(
        "answer =", "import torch\ninputs = pipeline.definition.Input(torch.zeros(2, 1, 8, 8))\nanswer ="
    )
    (project / "snippet.py").write_text(code + "print(answer.label.shape)\n")
    assert "torch.Size([2])" in run("uv run python snippet.py", project, environment)


def test_commands_of_the_other_readmes_compose(projects: dict[str, Path], environment: Environment) -> None:
    project = projects["blank"]
    write_files(project)
    words = [line.split()[4:] for line in commands(project / "README.md") if "python train.py" in line]
    words = [line for line in words if "--help" not in line and "resume" not in " ".join(line)]
    code = f"from my_regression.strict.command_line import prepare\nfor words in {words!r}: prepare(words)"
    (project / "compose.py").write_text(code)
    run("uv run python compose.py", project, environment)
    run("uv run python train.py network=linear trainer.max_epochs=2", project, environment)


def test_commands_of_the_readme(environment: Environment, tmp_path: Path) -> None:
    found = commands(ROOT / "README.md")
    assert [line for line in found if line.startswith("make")] == ["make demo", "make test"]
    said = run("make demo", ROOT, environment)
    (accuracy,) = re.findall(r"test/acc .* (0\.\d{4}) ", said)
    assert float(accuracy) >= 0.97
    (folder,) = re.findall(r"run folder: (\S+)", said)
    for picture in ("samples", "predictions_before", "predictions_after", "confusion_matrix"):
        assert f"pictures/{picture}.png" in said
        assert (Path(folder) / "pictures" / f"{picture}.png").is_file()
    # `make test` is what runs this test.
    planned = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pytest" in planned.stdout
    for line in found:
        if "cookiecutter" in line:
            line = line.replace("path/to/this/folder", str(ROOT)).replace(
                "uvx cookiecutter", "uvx cookiecutter --no-input"
            )
            run(line, tmp_path, environment)
            (made,) = tmp_path.iterdir()
            assert (made / "train.py").is_file()
            subprocess.run(["rm", "-r", str(made)], check=True)
