"""Records of a run hold no secrets: neither values, nor files that git does not track."""

import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import QUICK, Train

from my_project.engine.core import code
from my_project.engine.core.errors import InputError
from my_project.engine.core.instantiate import build
from my_project.engine.core.masking import FILES, MASK, masked, masked_text, may_hold_secrets

SECRET = "Xq7Lm2Vt9Rz4"
LONG = f"{SECRET}{SECRET.upper()}"


@pytest.mark.parametrize(
    "key", ["token", "password", "api_key", "apikey", "secret", "hf_token", "aws_secret_access_key"]
)
def test_a_value_is_masked_by_its_key(key: str) -> None:
    assert masked({"a": [{key: SECRET}], "b": {key: {"c": SECRET}}}) == {"a": [{key: MASK}], "b": {key: {"c": MASK}}}
    for word in (
        f"a.{key}={SECRET}",
        f"+a={{{key}:{SECRET}}}",
        f"++a.{key}='{SECRET} x'",
        f"b=1,{key.upper()}={SECRET}",
    ):
        assert SECRET not in masked_text(word)
        assert MASK in masked_text(word)


@pytest.mark.parametrize("start", ["sk-", "hf_", "ghp_", "xoxb-"])
def test_a_value_is_masked_by_its_start(start: str) -> None:
    assert masked({"notes": f"see {start}{LONG}."}) == {"notes": f"see {MASK}."}
    assert masked_text(f"notes=AKIA{LONG.upper()}") == f"notes={MASK}"


@pytest.mark.parametrize(
    "content",
    [
        {"max_tokens": 512, "pad_token": "<pad>", "token": 5, "tokens": ["a"], "secret": None, "password": ""},
        {"token": "${oc.env:TOKEN}", "network": "token_lstm", "name": "task-with-a-rather-long-name", "x": "hf_hub"},
    ],
)
def test_other_values_stay(content: dict[str, Any]) -> None:
    assert masked(content) == content
    words = " ".join(f"{name}={value}" for name, value in content.items() if name not in ("secret", "password"))
    assert masked_text(words) == words


def test_a_run_keeps_no_secret(train: Train, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["logger=tensorboard", f"warm_start.exclude=[hf_{LONG}]", f"+warm_start.rename={{password:{SECRET}}}"]
    folder = train(*QUICK, *words, "trainer.max_epochs=1")
    written = [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert written == []
    assert SECRET not in capsys.readouterr().out
    assert MASK in (folder / ".hydra" / "overrides.yaml").read_text()
    (hyperparameters,) = folder.rglob("hparams.yaml")
    assert MASK in hyperparameters.read_text()


def test_a_masked_value_builds_nothing() -> None:
    with pytest.raises(InputError, match=r"loss\.a\.0 = \*\*\*: the records of a run hold no secrets, add loss\.a\.0="):
        build({"loss": {"_target_": "fractions.Fraction", "a": [MASK]}}, "loss")


NAMES = [".env", ".env.local", "my_secrets.yaml", "Credentials.json", "a.pem", "b.key", "id_ed25519", "c.p12", ".netrc"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a tracked file, and with files that git does not track."""
    monkeypatch.setattr(code, "ROOT", tmp_path)
    (tmp_path / "secret_santa.py").write_text("x = 1\n")
    words = ["init -q", "add .", "-c user.name=x -c user.email=x commit -qm x"]
    for each in words:
        subprocess.run(["git", *each.split()], cwd=tmp_path, check=True)
    for name in [*NAMES, "more_secrets.py", "new.py", "id_cards.py"]:
        (tmp_path / name).write_text(f"y = '{SECRET if name not in ('new.py', 'id_cards.py') else 'plain'}'\n")
    return tmp_path


def test_files_with_secrets_are_left_out(repository: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert {path.name for path in code.files()} == {"secret_santa.py", "new.py", "id_cards.py"}
    assert "more_secrets.py" in caplog.text
    diff = code.changes()
    assert SECRET not in diff
    assert "new.py" in diff
    run = repository / "run"
    (run / ".hydra").mkdir(parents=True)
    (run / ".hydra" / "overrides.yaml").write_text(yaml.safe_dump(["a=1"]))
    with tarfile.open(code.snapshot(run)) as archive:
        names = set(archive.getnames())
    assert {"command.txt", "id_cards.py", "new.py", "secret_santa.py"} <= names
    assert not names & {"more_secrets.py", *NAMES}


def test_git_ignores_the_same_files(repository: Path) -> None:
    ignored = (Path(code.__file__).parents[3] / ".gitignore").read_text()
    (repository / ".gitignore").write_text(ignored)
    assert [pattern for pattern in FILES if pattern not in ignored.splitlines()] == []
    assert "/outputs/" in ignored.splitlines()
    answer = subprocess.run(
        ["git", "check-ignore", *NAMES], cwd=repository, capture_output=True, text=True, check=False
    )
    assert {path for path in NAMES if may_hold_secrets(Path(path))} == set(NAMES)
    assert set(answer.stdout.splitlines()) == set(NAMES) - {"Credentials.json"}  # patterns of git have one case
