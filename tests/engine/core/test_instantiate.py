"""An error in the constructor of a class says which part of the config it was built from."""

import errno
from abc import ABC, abstractmethod
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from project import ROOT

from my_project.engine.core.compat import VERSION_BASE
from my_project.engine.core.errors import InputError
from my_project.engine.core.instantiate import build
from my_project.engine.models.describe import describe


class Refusing:
    """Stands for a class of the project."""

    def __init__(self, sentence: str) -> None:
        raise InputError(sentence)


class Failing:
    """One with a mistake in it."""

    def __init__(self, **parts: Any) -> None:
        raise KeyError("x")


def part(sentence: str, **more: Any) -> dict[str, Any]:
    return {"_target_": f"{__name__}.Refusing", "sentence": sentence, **more}


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("my_project.engine.core.schemas.PACKAGE", __name__)
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)  # no job runs


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (part("p = 2, must be below 1"), "loss: p = 2, must be below 1"),
        ({"a": {"b": part("p = 2")}}, "loss.a.b: p = 2"),
        (part("loss = 3"), "loss = 3"),
        (part("loss.p = 3"), "loss.p = 3"),
        (part("losses are few"), "loss: losses are few"),
    ],
)
def test_a_refusal_is_preceded_by_the_config_path(content: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as error:
        build({"loss": content}, "loss")
    assert str(error.value) == sentence


def test_a_refusal_names_the_file_that_the_job_has_chosen() -> None:
    with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
        HydraConfig.instance().set_config(compose("train", ["optimizer=sgd"], return_hydra_config=True))
    with pytest.raises(InputError, match=r"^optimizer \(configs/optimizer/sgd\.yaml\): p = 2"):
        build({"optimizer": part("p = 2")}, "optimizer")
    with pytest.raises(InputError, match=r"^transformer\.augment \(configs/transformer/augment/none\.yaml\): p = 2"):
        build({"transformer": {"augment": part("p = 2")}}, "transformer")


@pytest.mark.parametrize("where", ["optimizer", "optimizer.a.0"])
def test_a_refusal_of_a_later_call_is_preceded_by_it_too(where: str) -> None:
    content: Any = part("p = 2", _partial_=True)
    made = build({"optimizer": content if where == "optimizer" else {"a": [content]}}, "optimizer")
    factory = made if where == "optimizer" else made["a"][0]
    assert isinstance(factory, partial)
    assert describe(factory)["arguments"] == {"sentence": "p = 2"}
    with pytest.raises(InputError) as error:
        factory()
    assert str(error.value) == f"{where}: p = 2"
    with pytest.raises(InputError) as error:
        build({"optimizer": content}, "optimizer", sentence="q = 3")
    assert str(error.value) == "optimizer: q = 3"


def test_a_refusal_is_preceded_by_one_path() -> None:
    inner = build({"network": part("p = 2", _partial_=True)}, "network")
    with pytest.raises(InputError) as error:
        build({"model": {"_target_": f"{__name__}.call"}}, "model", inner)
    assert str(error.value) == "network: p = 2"


def call(inner: Any) -> Any:
    """Stands for a class that makes another one."""
    return inner()


@pytest.mark.parametrize("later", [False, True])
def test_a_mistake_in_a_class_is_one_sentence(later: bool) -> None:
    content: Any = {"loss": {"a": {"_target_": f"{__name__}.Failing", "_partial_": later}}}
    call_it = build(content, "loss")["a"] if later else partial(build, content, "loss")
    with pytest.raises(InputError) as error:
        call_it()
    assert str(error.value) == "loss.a fails (KeyError: 'x'): SHOW_TRACEBACK=1 shows the traceback."
    assert isinstance(error.value.__cause__, KeyError)


class Abstract(ABC):
    @abstractmethod
    def tokens(self) -> None: ...


def test_a_class_without_a_method_is_one_sentence() -> None:
    with pytest.raises(InputError, match=r"^loss: Abstract lacks the abstract method '?tokens'?: add it"):
        build({"loss": {"_target_": f"{__name__}.Abstract"}}, "loss")


def test_a_full_disk_is_not_a_mistake() -> None:
    with pytest.raises(OSError, match="No space left"):
        build({"loss": {"_target_": f"{__name__}.Full"}}, "loss")


class Full:
    def __init__(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_mistake_is_reported_with_the_line_of_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("my_project.engine.core.errors.ENGINE", tmp_path / "package" / "engine")
    monkeypatch.setattr("my_project.engine.core.errors.PROJECT", tmp_path)
    (tmp_path / "package" / "models").mkdir(parents=True)
    importing, calling = "\nimport torchh\nclass A: ...\n", "class A:\n    def __init__(self):\n        nothing\n"
    for name, text in (("importing", importing), ("calling", calling)):
        (tmp_path / "package" / "models" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path / "package" / "models")
    for name, sentence in (
        ("importing", "loss fails (ModuleNotFoundError: No module named 'torchh', package/models/importing.py line 2)"),
        ("calling", "loss fails (NameError: name 'nothing' is not defined, package/models/calling.py line 3)"),
    ):
        monkeypatch.setattr("my_project.engine.core.schemas.PACKAGE", name)
        with pytest.raises(InputError) as error:
            build({"loss": {"_target_": f"{name}.A"}}, "loss")
        assert str(error.value).startswith(sentence)
