"""Jobs of a sweep on a cluster: with submitit on this machine, and with stand-ins for the commands of SLURM."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from test_command import WORDS, command, results, run

from my_project.engine.cli import sweep as command_line
from my_project.engine.cli.command_line import prepare
from my_project.engine.cli.sweep import check_cluster
from my_project.engine.core.errors import InputError

COMMANDS = {
    # Each job is a session of its own, whose id is that of its first process.
    "sbatch": """
        cp "${@: -1}" $SLURM_STATE/script
        setsid slurm-job "$SLURM_STATE/script" >>$SLURM_STATE/out 2>&1 &
        echo "Submitted batch job $!" """,
    "slurm-job": """
        export SLURM_JOB_ID=$$ SLURM_JOB_NUM_NODES=1 SLURM_NTASKS=1 SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_PROCID=0
        cp $1 $SLURM_STATE/$$.sh
        while true; do
            rm -f $SLURM_STATE/$$.again
            bash $SLURM_STATE/$$.sh
            [ -e $SLURM_STATE/$$.again ] || break
        done""",
    "srun": """
        while [ "${1#--}" != "$1" ]; do case $1 in --output|--error) shift 2;; *) shift;; esac; done
        exec "$@" """,
    "scontrol": "touch $SLURM_STATE/$2.again",
    "scancel": "pkill -TERM -s $1 -f train.py; true",
    "sacct": """
        echo "JobID|State|NodeList"
        for id in "$@"; do
            case $id in [0-9]*) [ -d /proc/$id ] && s=RUNNING || s=COMPLETED; echo "$id|$s|here";; esac
        done""",
}


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands of SLURM that start processes of this machine; returns the folder of their scripts."""
    folder, state = tmp_path / "slurm", tmp_path / "state"
    folder.mkdir()
    state.mkdir()
    for name, text in COMMANDS.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_STATE", str(state))
    return state


@pytest.mark.slow
def test_jobs_run_by_submitit_and_the_best_is_tested(tmp_path: Path) -> None:
    words = ("-m", *WORDS, "seed=1,2", "optimizer.lr=1e-3,1e+30", "launcher=slurm", "launcher.cluster=local")
    status, said = run(tmp_path, *words, "launcher.parameters={}", "sweep.jobs=2")
    assert status == 1, said
    (sweep,) = tmp_path.glob("logs/default/*")
    rows = results(sweep)
    assert [row["state"] for row in rows] == ["finished", "finished", "failed", "failed"]
    assert [bool(row["test/acc"]) for row in rows] == [True, False, False, False]
    assert "is NaN or infinite" in rows[2]["error"]
    assert "run folder: " in (sweep / rows[0]["folder"] / "output.txt").read_text()
    assert "launcher" not in (sweep / "sweep.json").read_text()


@pytest.mark.slow
def test_slurm_runs_jobs_and_a_warned_one_goes_on_after_it_was_requeued(slurm: Path, tmp_path: Path) -> None:
    words = ("-m", *WORDS, "trainer.max_epochs=150", "network=mlp", "seed=1,2", "launcher=slurm", "sweep.jobs=2")
    with subprocess.Popen(
        command(*words, "search.trials=0"), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        job = waited_for(tmp_path, "logs/default/*/jobs/0000/checkpoints/last.ckpt").parents[1]
        holder = int(re.findall(r"\d+", (job / "run.lock").read_text())[0])
        os.kill(holder, signal.SIGUSR1)
        said = process.communicate()[0]
    assert process.returncode == 0, said
    (sweep,) = tmp_path.glob("logs/default/*")
    assert [row["state"] for row in results(sweep)] == ["finished", "finished"]
    assert len(yaml.safe_load((job / "reproduce.yaml").read_text())) == 2, "it has begun twice"
    script = next(slurm.glob("*.sh")).read_text()
    for line in (
        "--gpus-per-node=1",
        "--cpus-per-task=4",
        "--mem=16GB",
        "--requeue",
        "--signal=USR1@120",
        "--time=240",
    ):
        assert f"#SBATCH {line}" in script


def waited_for(folder: Path, pattern: str) -> Path:
    """File that another process writes."""
    for _ in range(600):
        if found := list(folder.glob(pattern)):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"there is no {pattern}")


def test_a_cluster_out_of_reach_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="launcher=slurm needs sbatch, which is not here"):
        check_cluster({"cluster": "slurm"})
    check_cluster({"cluster": "local"})
    monkeypatch.setattr(command_line, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="needs submitit: uv sync --group slurm"):
        check_cluster({"cluster": "local"})
    with pytest.raises(InputError, match="launcher=ray needs the package ray: uv sync --group ray"):
        check_cluster({"cluster": "ray"})


@pytest.mark.parametrize("word", ["launcher=slurm", "search.trials=3", "sweep.jobs=2"])
def test_options_of_many_jobs_need_many(word: str) -> None:
    with pytest.raises(InputError, match="is an option of many jobs: add -m"):
        prepare([word])
