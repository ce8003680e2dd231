"""A project follows its template with cruft: the owner's edits survive, the template's changes arrive."""

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, commit, git, run, write_failing_uv
from documentation import CRUFT

Environment = dict[str, str]
# As in the README, but with the cruft of requirements.lock, and Return for every question of `create`.
# (`update` asks before it applies, unless told not to: cruft 2.16 with typer 0.29 fails at that question.)
CREATE, UPDATE, ADD = (line.replace("uvx cruft", f"'{ROOT / '.venv' / 'bin' / 'cruft'}'") for line in CRUFT)
PROJECT, PACKAGE = "<<cookiecutter.project>>", "<<cookiecutter.package>>"


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands once in a file."""
    before = path.read_text()
    assert before.count(old) == 1, path
    path.write_text(before.replace(old, new))


@pytest.fixture
def project(template: Path, environment: Environment, tmp_path: Path) -> Path:
    """Made with cruft, and committed as what it printed says."""
    said = run("yes '' | " + CREATE.replace("path/to/this/folder", f"'{template}'"), tmp_path, environment)
    (step,) = re.findall(r"git add .*", said)
    made = tmp_path / "my-project"
    git("config user.name Owner", made)
    git("config user.email owner@example.com", made)
    assert git("status --porcelain", made) == "?? .cruft.json\n"
    run(step, made, environment)
    assert git("status --porcelain", made) == ""
    return made


def test_an_update_keeps_the_edits_of_both(
    project: Path, template: Path, environment: Environment, tmp_path: Path
) -> None:
    # The owner: three edits, and a config of their own, whose row is in the tables of choices.
    module = Path("models", "tiny_vgg.py")
    first_line = (project / "my_project" / module).read_text().partition("\n")[0]
    edit(project / "README.md", "Deep learning with PyTorch Lightning and Hydra", "Digits, by me.")
    edit(project / "configs" / "train.yaml", "seed: 0 ", "seed: 7 ")
    edit(project / "my_project" / module, first_line, '"""My own words."""')
    (project / "configs" / "optimizer" / "mine.yaml").write_text(
        (project / "configs" / "optimizer" / "adamw.yaml")
        .read_text()
        .replace("# optimizer=adamw:", "# optimizer=mine:")
    )
    run("uv run python -m my_project.engine.cli.choices", project, environment)
    commit(project, "Mine")

    # The template: other lines of two of these files, a new config, a new file.
    edit(template / PROJECT / "README.md", "## Your code and the engine", "## Where code belongs")
    edit(template / PROJECT / "configs" / "train.yaml", "callback: {}\n", "callback: {}  # by name\n")
    new = template / PROJECT / "parts" / "problems" / "image_classification" / "configs" / "network" / "mlp_large.yaml"
    new.write_text((new.parent / "mlp.yaml").read_text().replace("# network=mlp:", "# network=mlp_large:"))
    (template / PROJECT / PACKAGE / "news.py").write_text('"""New in the template."""\n')
    commit(template, "A newer template")

    uv, calls = write_failing_uv(tmp_path)
    said = run(UPDATE, project, environment | {"UV": str(uv)})
    assert "The project is ready" not in said
    assert not calls.exists(), "cruft's projects to compare are locked"
    state = json.loads((project / ".cruft.json").read_text())
    assert state["commit"] == git("rev-parse HEAD", template).strip()
    assert not list(project.rglob("*.rej"))
    changed = {line[3:] for line in git("status --porcelain", project).splitlines()}
    assert changed == {
        ".cruft.json", "README.md", "configs/train.yaml", "configs/network/mlp_large.yaml", "docs/configs.md",
        "my_project/news.py",
    }  # fmt: skip
    readme, train = (project / "README.md").read_text(), (project / "configs" / "train.yaml").read_text()
    page = (project / "docs" / "configs.md").read_text()
    assert "<<<<" not in readme + page + train
    assert "Digits, by me." in readme
    assert "| `optimizer=mine` |" in page
    assert "## Where code belongs" in readme
    assert "| `network=mlp_large` |" in page
    assert "seed: 7 " in train
    assert "# by name" in train
    assert (project / "my_project" / module).read_text().startswith('"""My own words."""')

    # What was merged works, and the tables are what their command would write.
    run("uv run python -m my_project.engine.cli.choices", project, environment)
    assert "test/acc" in run("uv run train.py debug=fast", project, environment)
    assert (project / "docs" / "configs.md").read_text() == page


def test_an_update_to_the_same_template_changes_nothing(project: Path, environment: Environment) -> None:
    assert "up to date" in run(UPDATE, project, environment)
    assert run(CREATE.partition(" create")[0] + " check", project, environment)
    assert git("status --porcelain", project) == ""


@pytest.mark.exhaustive
def test_a_project_gains_a_problem(project: Path, environment: Environment) -> None:
    run(ADD, project, environment)
    assert not list(project.rglob("*.rej"))
    assert "- problem: image_classification\n" in (project / "configs" / "train.yaml").read_text()
    assert "| `problem=blank` |" in (project / "docs" / "configs.md").read_text()
    assert "test/mae" in run("uv run train.py problem=blank debug=fast", project, environment)
    said = run("uv run train.py problem=blank network=tiny_vgg", project, environment, status=1)
    assert said.startswith(
        "error: network: TinyVGG takes ImageClassification, but the dataset MyDataset has MyProblem."
    )


def test_two_new_rows_in_one_place_are_settled_by_the_command_that_writes_them(
    project: Path, template: Path, environment: Environment
) -> None:
    configs = project / "configs" / "scheduler"
    (configs / "zz_mine.yaml").write_text((configs / "constant.yaml").read_text().replace("=constant:", "=zz_mine:"))
    run("uv run python -m my_project.engine.cli.choices", project, environment)
    commit(project, "Mine")
    new = template / PROJECT / "configs" / "scheduler" / "zz_new.yaml"
    new.write_text((new.parent / "constant.yaml").read_text().replace("=constant:", "=zz_new:"))
    commit(template, "Another scheduler")
    run(UPDATE, project, environment)
    assert "<<<<<<<" in (project / "docs" / "configs.md").read_text()
    run("uv run python -m my_project.engine.cli.choices", project, environment)
    page = (project / "docs" / "configs.md").read_text()
    assert not re.search("<<<<<<<|>>>>>>>|=======", page)
    assert "| `scheduler=zz_mine` |" in page
    assert "| `scheduler=zz_new` |" in page
    assert not list(project.rglob("*.rej"))
