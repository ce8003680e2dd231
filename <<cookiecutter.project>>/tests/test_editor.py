"""What an editor is told about the configs is what the check of the command line knows."""

import json
from typing import Any

import pytest
import yaml
from conftest import ROOT, options
from jsonschema import Draft7Validator

from <<cookiecutter.package>>.engine.cli.editor import FOLDER, groups, write

write()  # so that an editor has them after the first run of the tests


def errors(group: str, content: Any) -> list[str]:
    rules = json.loads((FOLDER / f"{group.replace('/', '_')}.json").read_text())
    return [error.message for error in Draft7Validator(rules).iter_errors(content)]


def content_of(group: str, name: str) -> Any:
    return yaml.safe_load((ROOT / "configs" / group / f"{name}.yaml").read_text()) or {}


def test_every_group_is_wired() -> None:
    wired = json.loads((ROOT / ".vscode" / "settings.json").read_text())["yaml.schemas"]
    assert {f"configs/{group}/*.yaml" for group in groups()} <= set(wired.values())
    assert all((ROOT / path).is_file() for path, pattern in wired.items() if list(ROOT.glob(pattern)))


@pytest.mark.parametrize("group", groups())
def test_every_config_is_valid_and_a_wrong_key_is_flagged(group: str) -> None:
    for name in options(group):
        content = content_of(group, name)
        assert not errors(group, content), name
        place = content if "_target_" in content or group in ("experiment", "debug") else None
        place = (
            next((v for v in content.values() if isinstance(v, dict) and "_target_" in v), None)
            if place is None
            else place
        )
        if place is not None and group not in ("transformer", "monitor"):
            place["no_such_key"] = 1
            assert errors(group, content), name


def test_an_editor_can_complete_what_a_config_does_not_say_yet() -> None:
    rules = json.loads((FOLDER / "optimizer.json").read_text())
    (adamw,) = [
        each["then"] for each in rules["allOf"] if each["if"]["properties"]["_target_"]["const"].endswith("AdamW")
    ]
    assert {"lr", "betas", "eps", "weight_decay", "amsgrad", "fused"} <= set(adamw["properties"])
    assert errors("optimizer", content_of("optimizer", "adamw") | {"lr": "fast"})
    assert errors("optimizer", content_of("optimizer", "adamw") | {"lr": -1})
    assert not errors("optimizer", content_of("optimizer", "adamw") | {"lr": "${seed}"})
