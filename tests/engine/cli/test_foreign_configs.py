"""A run folder from elsewhere executes nothing, with any of the scripts."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import Train, config_of, options, run_script

from my_project.engine.core.config_targets import misplaced
from my_project.engine.core.errors import InputError
from my_project.engine.core.stored_config import stored_config

PACKAGE = "my_project"
Content = dict[str, Any]


class Trap:
    """Unpickled, it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def trap(folder: Path, marker: Path) -> Path:
    path = folder / "trap.pkl"
    path.write_bytes(pickle.dumps(Trap(marker)))
    return path


def site_folder(folder: Path, marker: Path) -> str:
    (folder / "trap.pth").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    return str(folder)


CALLS: dict[str, Callable[[Path, Path], Content]] = {
    "os.system": lambda _, marker: {"command": f"touch {marker}"},
    "subprocess.run": lambda _, marker: {"args": ["touch", str(marker)]},
    "joblib.load": lambda folder, marker: {"filename": str(trap(folder, marker))},
    "numpy.load": lambda folder, marker: {"file": str(trap(folder, marker)), "allow_pickle": True},
    "site.addsitedir": lambda folder, marker: {"sitedir": site_folder(folder, marker)},
    f"{PACKAGE}.engine.core.files.link_or_copy": lambda _, marker: {"source": __file__, "target": str(marker)},
    "torch.optim.optimizer.os.system": lambda _, marker: {"command": f"touch {marker}"},
}
COPY = f"{PACKAGE}.engine.core.files.link_or_copy"  # Hydra itself refuses some of the others
PLACES = ("loss", "data.cache", "dataset", "data.split.filter", "callback.more", "hydra.callbacks.more", "unknown")
WORDS = {"export": ["format=torch_export"], "evaluate": ["split=val"]}


def put(content: Content, place: str, node: Any) -> None:
    *parents, name = place.split(".")
    for parent in parents:
        content = content.setdefault(parent, {})
    content[name] = node


@pytest.fixture
def run(trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(trained_with(), tmp_path / "run"))


def change(run: Path, place: str, node: Any) -> None:
    path = run / ".hydra" / "config.yaml"
    content = yaml.safe_load(path.read_text())
    put(content, place, node)
    path.write_text(yaml.safe_dump(content, sort_keys=False))


def start(script: str, run: Path) -> str:
    """Run a script with a run; returns the sentence with which it refuses it."""
    words = [f"resume={run}"] if script == "train" else [f"run={run}", *WORDS.get(script, [])]
    if script == "predict":
        words = [f"run={run}/checkpoints/best.ckpt", "inputs=[]"]
    try:
        run_script(script, *words)
    except (SystemExit, ValueError) as refused:
        return str(refused)
    return ""


def cases() -> list[Any]:
    """Each call, and each place, with the scripts that build all parts; the places of data with the others."""
    pairs = [(target, "loss") for target in CALLS] + [(COPY, place) for place in PLACES[1:]]
    found = [pytest.param(script, *pair) for script in ("evaluate", "train") for pair in pairs]
    found += [
        pytest.param("export", COPY, place, marks=[] if place == "dataset" else [pytest.mark.slow])
        for place in ("data.cache", "dataset", "data.split.filter")
    ]
    return found + [pytest.param(each, COPY, "dataset", marks=pytest.mark.slow) for each in ("predict", "report")]


@pytest.mark.parametrize(("script", "target", "place"), cases())
def test_a_foreign_target_is_not_called(run: Path, tmp_path: Path, script: str, target: str, place: str) -> None:
    marker = tmp_path / "executed"
    change(run, place, {"_target_": target, **CALLS[target](tmp_path, marker)})
    sentence = start(script, run)
    assert not marker.exists()
    if script in ("train", "evaluate"):
        assert "could run code that is not of this project" in sentence


@pytest.mark.parametrize(
    ("place", "node"),
    [
        ("loss._args_", [1]),
        ("loss._recursive_", False),
        ("loss._convert_", "object"),
        ("dataset.root", "${oc.env:HOME}"),
        ("dataset.root", "a/${ oc.env:HOME}"),
        ("dataset.root", "${oc.decode:${name}}"),
        ("dataset.roots", [["${oc.env:HOME}"]]),
        ("loss._target_", "${name}"),
        ("loss._target_", f"{PACKAGE}.models.tiny_vgg.TinyVGG"),
        ("loss._target_", f"{PACKAGE}.losses.cross_entropy.functional"),
        ("loss._target_", f"{PACKAGE}.engine.training.warm_start.warm_start"),
        ("loss", "${optimizer}"),
        ("defaults", ["_self_"]),
    ],
)
def test_a_stored_config_refuses(run: Path, place: str, node: Any) -> None:
    stored_config(run)
    change(run, place, node)
    with pytest.raises(InputError, match="could run code that is not of this project"):
        stored_config(run)


def test_a_directive_of_hydra_is_refused(run: Path) -> None:
    path = run / ".hydra" / "config.yaml"
    path.write_text(f"# @package hydra\n{path.read_text()}")
    assert "a directive of Hydra" in start("train", run)


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [", "a: &a {b: *a}\n", "a: !!python/object:os.system {}\n"])
def test_a_file_that_is_no_config_is_one_sentence(run: Path, text: str) -> None:
    (run / ".hydra" / "config.yaml").write_text(text)
    with pytest.raises(InputError, match="expected"):
        stored_config(run)


def test_a_config_of_hydra_in_the_records_is_not_composed(run: Path, tmp_path: Path) -> None:
    folder = run / ".hydra" / "hydra" / "job_logging"
    folder.mkdir(parents=True)
    shown = {"class": "logging.FileHandler", "filename": str(tmp_path / "executed")}
    (folder / "default.yaml").write_text(yaml.safe_dump({"version": 1, "handlers": {"x": shown}}))
    assert "is no record of a run" in start("train", run)
    assert not (tmp_path / "executed").exists()


def test_the_recorded_choice_of_a_dataset_is_a_name(run: Path) -> None:
    path = run / ".hydra" / "hydra.yaml"
    saved = yaml.safe_load(path.read_text())
    saved["hydra"]["runtime"]["choices"]["dataset"] = "${oc.env:HOME}"
    path.write_text(yaml.safe_dump(saved))
    assert run_script("train", f"resume={run}") == run
    assert "${oc.env:HOME}" not in path.read_text()


@pytest.mark.parametrize(
    "group",
    [
        "debug",
        *(
            pytest.param(group, marks=pytest.mark.slow)
            for group in ("callback", "data/split/filter", "logger", "scheduler", "transformer/augment")
        ),
    ],
)
def test_every_choice_of_this_project_can_be_stored(group: str) -> None:
    for option in options(group):
        assert not list(misplaced(config_of(f"{group}={option}")))
