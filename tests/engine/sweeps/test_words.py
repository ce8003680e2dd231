"""Words of a command line become a sweep, or go on with one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from project import ROOT

from my_project.engine.core.errors import InputError
from my_project.engine.core.job_record import write_record
from my_project.engine.sweeps.plan import job_folder, read_plan
from sweep_words import Ask

OPTIONS = {"jobs": 1, "retry": 0, "timeout": 0, "trials": 0, "cluster": None, "start_timeout": 0}


def test_the_same_words_go_on_until_all_jobs_have_ended(asked: Ask) -> None:
    sweep, options = asked("seed=1,2", "optimizer.lr=1e-3", "sweep.retry=1")
    assert options == OPTIONS | {"retry": 1}
    assert read_plan(sweep).jobs == [[f"seed={seed}", "optimizer.lr=1e-3"] for seed in (1, 2)]
    assert asked("seed=1,2", "optimizer.lr=1e-3", "sweep.jobs=3") == (
        sweep,
        OPTIONS | {"jobs": 3},
    )
    assert asked("seed=1,2,3", "optimizer.lr=1e-3")[0] != sweep
    assert asked("seed=1,2", "optimizer.lr=1e-3", "sweep.resume=null")[0] != sweep
    assert asked(f"sweep.resume={sweep}")[0] == sweep
    with pytest.raises(InputError, match=r"is another sweep \(its words: seed=1,2 optimizer.lr=1e-3\): give no words"):
        asked("seed=1", f"sweep.resume={sweep}")
    for found in Path("logs/default").resolve().glob("*"):
        for number in range(len(read_plan(found).jobs)):
            job_folder(found, number).mkdir(parents=True)
            write_record(job_folder(found, number), "finished", 0.0)
    known = set(Path("logs/default").resolve().glob("*"))
    assert asked("seed=1,2", "optimizer.lr=1e-3")[0] not in known


def test_the_code_of_another_user_is_not_run(asked: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, _ = asked("seed=1,2")
    changes: dict[str, Callable[[str], str]] = {
        "code/train.py": lambda text: text + "\nimport os\n",
        "code/new.py": lambda text: "x = 1\n",
        "sweep.json": lambda text: text.replace("seed=1", "seed=7"),
        "seal.txt": lambda text: "0" * 128,
    }
    for name, change in changes.items():
        path = sweep / name
        before = path.read_text() if path.exists() else None
        path.write_text(change(before or ""))
        with pytest.raises(InputError, match=r"were not written here, or were changed: sweep.trust=true runs them"):
            asked(f"sweep.resume={sweep}")
        assert asked(f"sweep.resume={sweep}", "sweep.trust=true")[0] == sweep
        path.unlink() if before is None else path.write_text(before)
    (sweep / "code" / "__pycache__").mkdir()
    (sweep / "code" / "__pycache__" / "train.cpython-311.pyc").write_bytes(b"other code")
    assert asked("seed=1,2")[0] == sweep
    assert not (sweep / "code" / "__pycache__").exists()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    with pytest.raises(InputError, match="were not written here"):
        asked(f"sweep.resume={sweep}")
    assert asked("seed=1,2")[0] != sweep, "a new one"


def test_a_sweep_has_a_copy_of_the_code(asked: Ask) -> None:
    code, _ = asked("seed=1,2")
    for name in ("train.py", "configs/train.yaml", "my_project/engine/sweeps/driver.py", "schemas/train.json"):
        assert (code / "code" / name).read_bytes() == (ROOT / name).read_bytes()
    assert set(json.loads((code / "code" / "frozen.json").read_text())) == {"commit", "changes"}


@pytest.mark.parametrize("word", ["--cfg=job", "hydra.sweep.subdir=x", "--config-name=train"])
def test_what_only_hydra_can_do_is_left_to_it(asked: Ask, word: str) -> None:
    assert asked("seed=1,2", word) == (Path(), {})
    assert not Path("logs").exists()
