"""An error in the constructor of a class says which part of the config it was built from."""

from functools import partial
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


def test_a_mistake_in_a_class_gets_a_note() -> None:
    with pytest.raises(KeyError) as error:
        build({"loss": {"a": {"_target_": f"{__name__}.Failing"}}}, "loss")
    assert any(note.startswith("while making 'loss.a'") for note in error.value.__notes__)
