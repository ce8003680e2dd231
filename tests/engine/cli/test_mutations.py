"""Configs with one mistake are refused before data are read, and quickly; configs without one are not."""

import random
import time
from contextlib import suppress
from typing import Any

import pytest
from omegaconf import OmegaConf
from project import ROOT, options

from mutations import job, mutations
from my_project.engine.cli.command_line import prepare
from my_project.engine.cli.signatures import signature_of
from my_project.engine.core.errors import InputError
from my_project.engine.core.paths import SCHEMAS
from my_project.engine.core.schemas import HYDRA_KEYS, schema

QUICKLY, COUNT, VALID = 20, 250, 50
PARTS = {"transformer": ("cached", "modes", "preprocess", "postprocess", "augment"), "monitor": ("metric", "mode")}


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
