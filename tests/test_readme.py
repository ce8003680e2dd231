"""Every command in the documentation runs, and every file that it tells to write works as it stands there."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import ENGINE, ROOT, bake_into, run, run_forked
from documentation import BLOCK, CRUFT, blocks, check_words, commands, commands_of, in_steps, run_code, write_files

Environment = dict[str, str]
SCORE = r"test/(acc|loss)\s"  # a row of the table of test metrics
LATER = re.compile("logs/|dataset=streaming")  # commands that read what others write
ALONE = re.compile("--help|resume=|serve.py")  # commands that run by themselves
MAKE_DATA = f"""
sys.path[:0] = ["tests", {str(ENGINE)!r}]
from pathlib import Path
from archives import pack
from image_stand_ins import stand_in, write_photos, write_tables
stand_in(Path("data"), "MNIST")
stand_in(Path("data"), "FashionMNIST")
write_photos(Path("photos"))
write_tables(Path("tables"))
pack(Path("photos"), Path("photos.zip"))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Path:
    """A project of its own, with the files that its documentation tells to write."""
    made = bake_into(tmp_path_factory.mktemp("readme"), serve=True)
    assert len(write_files(made)) == 18
    defaults = made / "configs" / "trainer" / "default.yaml"  # ten of the commands train that long: minutes
    defaults.write_text(defaults.read_text().replace("max_epochs: 30", "max_epochs: 3"))
    run("uv run python -m my_project.engine.cli.choices", made, environment)  # as docs/configs.md says after a change
    run_code(MAKE_DATA, made, environment)
    return made


@pytest.fixture(scope="module")
def short(project: Path, environment: Environment) -> Path:
    """The run that the pages call logs/short/<time>-<suffix>, trained with the command of the README."""
    (command,) = [line for line in readme_commands(project) if line.endswith("name=short")]
    assert "test/acc" in run(command, project, environment)
    (folder,) = (project / "logs" / "short").iterdir()
    return folder


def readme_commands(project: Path) -> list[str]:
    return commands_of(BLOCK.findall((project / "README.md").read_text()))


def wait_for(line: str, command: str, project: Path, environment: Environment) -> None:
    """Run a server until it prints a line."""
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(
        shlex.split(f"timeout 60 {command}"), cwd=project, env=environment, start_new_session=True, **streams
    ) as server:
        printed = ""
        while line not in printed and (text := server.stdout.readline()):  # type: ignore[union-attr]
            printed += text
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
    assert line in printed, printed


def run_as_written(command: str, project: Path, environment: Environment) -> None:
    for server, port, line in (("tensorboard", "--port 0", "TensorBoard 2"), ("serve.py", "port=0", "Serving http:")):
        if server in command:
            wait_for(line, f"{command} {port}", project, environment)
            return
    said = run(command, project, environment)
    if "train.py" in command and "--help" not in command:
        assert re.search(SCORE, said), command


def run_all(found: list[str], short: Path, project: Path, environment: Environment, tmp_path: Path) -> None:
    """Run commands: those of Python in forks, and first those that make the runs that others read."""
    found = [line.replace("<name>", short.parent.name).replace("<time>-<suffix>", short.name) for line in found]
    forked = [line for line in found if line.startswith("uv run python") and not ALONE.search(line)]
    for later in (False, True):
        lines = [line for line in forked if later == bool(LATER.search(line))]
        jobs = [(project, line.removeprefix("uv run python ")) for line in lines]
        for (_, words), said in run_forked(jobs, project, environment, tmp_path).items():
            assert later or "train.py" not in words or re.search(SCORE, said), words
    for command in found:
        if command not in forked:
            run_as_written(command, project, environment)


def test_commands_of_a_projects_readme(project: Path, short: Path, environment: Environment, tmp_path: Path) -> None:
    found = [line for line in readme_commands(project) if not line.endswith("name=short")]
    found.remove("uv run pytest")  # test_projects.py runs it
    assert len(found) >= 8
    run_all(found, short, project, environment, tmp_path)


@pytest.mark.exhaustive
def test_commands_of_a_projects_docs(project: Path, short: Path, environment: Environment, tmp_path: Path) -> None:
    found = [line for line in commands(project) if line not in readme_commands(project)]
    assert len(found) >= 20
    run_all(found, short, project, environment, tmp_path)


def test_the_docs_train_with_words_that_are_valid(project: Path, environment: Environment) -> None:
    check_words(project, environment)


@pytest.mark.exhaustive
def test_the_new_files_are_found_by_the_tests(project: Path, environment: Environment) -> None:
    said = run(
        "uv run pytest -v -n 0 tests/test_configs.py tests/test_every_network.py tests/test_datasets.py "
        "tests/test_network_checks.py tests/test_loss_checks.py tests/test_overfitting.py "
        "-k 'stripes or linear or margin'",
        project,
        environment,
    )
    for name in (
        "dataset=stripes", "network=linear", "loss=margin", "content[stripes]", "twice_is_equal[stripes]",
        "chance[linear]", "score[linear]", "network_overfits_ten_samples[linear]",
        "every_loss_overfits_ten_samples[margin]",
        "independent_value_per_sample[margin]", "zeros[linear-margin]", "reproducible[stripes-invert]",
    ):  # fmt: skip
        assert re.search(rf"{re.escape(name)}.* PASSED", said)
    run("uv run mypy", project, environment)
    run("uv run ruff check", project, environment)
    run("uv run ruff format --check", project, environment)


def test_python_answers_as_the_readme_says(project: Path, short: Path, environment: Environment) -> None:
    (block,) = [text for _, text in blocks(project) if "Predictor" in text]
    code = block.replace("<name>", "short").replace("<time>-<suffix>", short.name)
    inputs = "from pathlib import Path\ninputs = [next(Path('photos/test/red').iterdir())] * 2\n"
    code += "print(prediction.probability.shape)"
    assert "torch.Size([2, 10])" in run_code(inputs + code, project, environment)


@pytest.mark.parametrize("name", ["default", "blank"])
def test_a_notebook_trains_as_the_readme_says(projects: dict[str, Path], environment: Environment, name: str) -> None:
    page = (projects[name] / "docs" / "notebook.md").read_text()
    first, second, *steps = (text for _, text in BLOCK.findall(page))
    assert len(first.split("\n\n")[-1].splitlines()) <= 15
    code = f"{first}print('score', score)\n{second}print('best', best_score, sorted(test_scores))\n{in_steps(steps)}"
    said = run_code(code, projects[name], environment)
    assert "falls True" in said
    assert "drawn 24" in said
    shutil.rmtree(projects[name] / "checkpoints")
    assert "score 0." in said
    assert re.search(r"best \d\.\d+ \['test/(acc', 'test/loss|loss', 'test/mae)'\]", said)


def test_commands_of_the_readme(environment: Environment, tmp_path: Path) -> None:
    found = commands(ROOT)
    assert [line for line in found if line.startswith("make")] == ["make demo", "make test"]
    assert [line for line in found if "cruft" in line] == CRUFT  # test_updates.py runs them
    said = run("make demo", ROOT, environment)
    (accuracy,) = re.findall(r"test/acc .* (0\.\d{4}) ", said)
    assert float(accuracy) >= 0.97
    (folder,) = re.findall(r"run folder: (\S+)", said)
    for picture in ("samples", "predictions_before_val", "predictions_after_train", "confusion_matrix"):
        assert f"pictures/{picture}.png" in said
        assert (Path(folder) / "pictures" / f"{picture}.png").is_file()
    pages = (ROOT / "docs" / "example.html", Path(folder) / "report.html")
    example, shown = (set(re.findall("<h2[^>]*>([^<$]+)<", page.read_text())) for page in pages)
    assert {"Result", "Curves", "Confusion matrix", "Worst samples", "Classes"} < example
    # Of equal pictures one is shown; of this repository there may be changes.
    different = {
        name for name in example ^ shown if "samples, " not in name and not name.startswith("Code that differs")
    }
    assert not different, "copy the page of `make demo` to docs/example.html"
    # `make test` is what runs this test.
    for target, command in {"test": "pytest", "test-all": 'pytest -m ""'}.items():
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True)
        assert f".venv/bin/{command}" in planned.stdout.splitlines()
    for line in found:
        if "cookiecutter" in line:
            line = line.replace("path/to/this/folder", str(ROOT))
            line = line if "--no-input" in line else f"{line} --no-input"
            run(line, tmp_path, environment)
            (made,) = tmp_path.iterdir()
            assert (made / "train.py").is_file()
            subprocess.run(["rm", "-r", str(made)], check=True)
