"""Configs with one mistake are refused before data are read, and quickly; configs without one are not."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf
from project import ROOT, options

from mutations import EXPERIMENT, corrupted_experiments, corrupted_words, job, mutations
from my_project.engine.cli.command_line import prepare
from my_project.engine.cli.signatures import signature_of
from my_project.engine.core.errors import InputError
from my_project.engine.core.paths import SCHEMAS
from my_project.engine.core.schemas import HYDRA_KEYS, schema

QUICKLY, COUNT, VALID = 20, 250, 50
PARTS = {
    "transformer": ("cached", "modes", "preprocess", "postprocess", "augment"),
    "monitor": ("metric", "mode"),
    "launcher": ("cluster", "timeout_min", "parameters", "address"),
}


@pytest.mark.parametrize("count", [QUICKLY, pytest.param(COUNT, marks=pytest.mark.slow)])
def test_every_mutation_is_refused(count: int) -> None:
    survived, slow = [], []
    for chosen, word in mutations(count):
        started = time.perf_counter()
        replaced = [each for each in chosen if each.partition("=")[0] != word.partition("=")[0]]
        with suppress(InputError):
            prepare([*replaced, word])
            survived.append(" ".join([*chosen, word]))
        if time.perf_counter() - started > 5:
            slow.append(word)
    assert not survived, "\n".join(survived)
    assert not slow


@pytest.mark.parametrize("count", [QUICKLY // 2, pytest.param(VALID, marks=pytest.mark.slow)])
def test_no_valid_config_is_refused(count: int) -> None:
    draws = random.Random(1)
    for _ in range(count):
        words = job(draws)
        assert prepare(words) == words


@pytest.mark.parametrize("count", [QUICKLY, pytest.param(COUNT, marks=pytest.mark.slow)])
def test_a_corrupted_word_is_a_sentence_or_a_config(count: int) -> None:
    for words, before in corrupted_words(count):
        if not refusal(words):
            keys = [{word.lstrip("+").partition("=")[0] for word in each} for each in (words, before)]
            assert keys[0] == keys[1], f"{words} has a key that does not exist"


@pytest.mark.parametrize("count", [QUICKLY, pytest.param(COUNT, marks=pytest.mark.slow)])
def test_a_corrupted_experiment_is_a_sentence_or_a_config(experiment: Path, count: int) -> None:
    words = [f"experiment={experiment.stem}"]
    experiment.write_text(EXPERIMENT, encoding="utf-8")
    assert prepare(words) == words
    for text in corrupted_experiments(count):
        experiment.write_text(text, encoding="utf-8")
        assert len(refusal(words)) not in range(1, 20)


def refusal(words: list[str]) -> str:
    """Sentence with which a command line is refused, or empty; any other error is shown with the words."""
    try:
        prepare(words)
    except InputError as error:
        return str(error)
    except Exception as error:
        raise AssertionError(words) from error
    return ""


@pytest.fixture
def experiment() -> Iterator[Path]:
    path = ROOT / "configs" / "experiment" / f"of_a_test_{os.getpid()}.yaml"
    path.parent.mkdir(exist_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("group", sorted(path.stem for path in SCHEMAS.glob("*.json") if options(path.stem)))
def test_a_schema_names_nothing_that_its_targets_do_not_take(group: str) -> None:
    rules = schema(group)
    named = set(rules.get("properties", {})) - {*HYDRA_KEYS, *PARTS.get(group, ())}
    taken: set[str] = set()
    for option in options(group):
        content: Any = OmegaConf.load(ROOT / "configs" / group / f"{option}.yaml")
        if target := content.get("_target_"):
            found = signature_of(target)
            taken |= set(found.arguments) | (named if found.open and target.startswith("torch") else set())
    assert named <= taken, f"schemas/{group}.json has {', '.join(sorted(named - taken))}, which no class takes"


def test_a_stale_schema_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = dict(schema("trainer"))
    monkeypatch.setitem(rules, "properties", rules["properties"] | {"max_epoch": {"type": "integer"}})
    monkeypatch.setattr("test_mutations.schema", lambda name: rules)
    with pytest.raises(AssertionError, match="has max_epoch, which no class takes"):
        test_a_schema_names_nothing_that_its_targets_do_not_take("trainer")
