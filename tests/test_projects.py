"""What was baked, lived in: its own checks, and its commands as a person types them."""

import csv
import json
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ANSWER_FILES, CHECKS, ENGINE, all_passed, run, run_forked

Environment = dict[str, str]


@pytest.mark.parametrize("check", CHECKS)
def test_a_new_project_passes_its_own_checks(projects: dict[str, Path], environment: Environment, check: str) -> None:
    # One process: another test runs on the other core, and each process imports Lightning.
    said = run(f"uv run {check}{' -rs -n 0' if check == 'pytest' else ''}", projects["default"], environment)
    if check == "pytest":
        all_passed(said)


def test_mistakes_on_the_command_line_are_refused_without_torch(
    projects: dict[str, Path], environment: Environment, tmp_path: Path
) -> None:
    code = tmp_path / "mistakes.py"
    code.write_text(
        f"import json, sys\nsys.path[:0] = ['.', 'tests', {str(ENGINE)!r}]\n"
        "from mutations import mutations\n"
        "print(json.dumps([[*chosen, word] for chosen, word in mutations(12)]))"
    )
    project = projects["default"]
    for words in json.loads(run(f"uv run python {code}", project, environment).splitlines()[-1]):
        key = words[-1].partition("=")[0]
        words = [word for word in words[:-1] if word.partition("=")[0] != key] + words[-1:]
        said = run(f"uv run python -X importtime train.py {shlex.join(words)}", project, environment, status=1)
        assert not re.search(r"\| +torch$", said, re.MULTILINE)
        said = "\n".join(line for line in said.splitlines() if not line.startswith("import time:"))
        assert said.startswith("error: ")
        assert "Traceback" not in said


# Every config of these composes, and one step trains.
# Those with the problem of `default` alone have its configs, but for these.
FEW = {"cpu": "tables or trainer", "minimal": "tables or logger", "research": "tables or logger"}
OTHERS = [path.stem for path in ANSWER_FILES if path.stem != "default"]
COMPOSE_AND_TRAIN = """
import runpy, sys, pytest
options, files = sys.argv[1:2], ["configs", *sys.argv[2:]]
assert not pytest.main(["-q", "-n", "0", *(f"tests/test_{name}.py" for name in files), "-k", *options])
sys.argv = ["train.py", "debug=fast"]
runpy.run_path("train.py", run_name="__main__")
"""


@pytest.mark.parametrize(
    "names", [["blank"], pytest.param([name for name in OTHERS if name != "blank"], marks=pytest.mark.exhaustive)]
)
def test_the_others_are_clean_compose_everything_and_train_a_step(
    projects: dict[str, Path], environment: Environment, tmp_path: Path, names: list[str]
) -> None:
    assert len(OTHERS) >= 4
    code = tmp_path / "compose_and_train.py"
    code.write_text(f"import sys\nsys.path.insert(0, '.')\n{COMPOSE_AND_TRAIN}")
    for name in names:
        assert not list(projects[name].glob("logs/*"))
        # The others have files of `default` or `full`.
        for command in CHECKS[:3] + ["mypy"] * (name in ("blank", "full")):
            run(f"uv run {command}", projects[name], environment)
    more = {"blank": " datasets network_checks loss_checks overfitting"}
    jobs = [(projects[name], f"{code} '{FEW.get(name, 'test')}'{more.get(name, '')}") for name in names]
    for (project, _), said in run_forked(jobs, projects["default"], environment, tmp_path).items():
        assert re.search(r"\d+ passed", said)
        assert ("test/mae" if project == projects["blank"] else "test/acc") in said


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "chosen"), [("full", "not slow"), ("blank", "slow")])
def test_a_project_with_every_part_passes_its_tests(
    projects: dict[str, Path], environment: Environment, name: str, chosen: str
) -> None:
    """Those of all problems; of the slow ones, which make no other promise, those of one: they take half an hour."""
    all_passed(run(f"uv run pytest -q -n 0 -m '{chosen}'", projects[name], environment))


def test_help_names_every_group_and_needs_no_torch(projects: dict[str, Path], environment: Environment) -> None:
    said = run("uv run python -X importtime train.py --help", projects["default"], environment)
    for group in ("dataset", "data", "transformer", "model", "network", "loss", "optimizer", "scheduler"):
        assert f"{group}:" in said
    assert not re.search(r"\| +torch$", said, re.MULTILINE)


def test_a_mistake_is_one_sentence(projects: dict[str, Path], environment: Environment) -> None:
    said = run("uv run train.py optimizer.lrr=1", projects["default"], environment, status=1)
    assert said == "error: optimizer.lrr: AdamW has no argument 'lrr', did you mean lr?\n"


SIGNALS = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}


@pytest.mark.parametrize(
    "sent",
    SIGNALS,
    ids=lambda sent: sent.name,
)
@pytest.mark.exhaustive  # quicker ones: tests/engine/training/test_kills.py
def test_a_stopped_run_goes_on(projects: dict[str, Path], environment: Environment, sent: signal.Signals) -> None:
    project = projects["default"]
    words = (
        f"name={sent.name} scheduler=constant logger=csv data.limit_samples=256 data.batch_size=8 "
        "trainer.max_epochs=1000"
    )
    python = Path(environment["UV_PROJECT_ENVIRONMENT"]) / "bin" / "python"
    running = subprocess.Popen(
        [str(python), "train.py", *words.split()],
        cwd=project,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell ignores it in the background
    )
    deadline = time.monotonic() + 120
    while not list(project.glob(f"logs/{sent.name}/*/checkpoints/last.ckpt")):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1)
    running.send_signal(sent)
    said, _ = running.communicate(timeout=60)
    (folder,) = (project / "logs" / sent.name).iterdir()
    assert running.returncode == SIGNALS[sent]
    assert sent == signal.SIGKILL or f"resume={folder}" in said
    said = run(f"uv run train.py resume={folder} trainer.max_epochs=60", project, environment)
    assert "test/acc" in said
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows if row["val/loss"]] == [str(epoch) for epoch in range(60)]
    steps = [int(row["step"]) for row in rows]
    assert steps == sorted(set(steps))
