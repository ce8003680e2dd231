"""The model card of an exported file."""

import json
import re
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from project import config_of, rows

from exports import Export, card_of, same
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.definitions.example import example
from my_project.engine.inference.export_formats import FORMATS, FormatName
from my_project.engine.reports.markdown import block, code, literal, table


@pytest.mark.parametrize("format", FORMATS)
def test_the_card_tells_what_the_run_was_and_its_code_runs(
    export: Export, averaged: Path, monkeypatch: pytest.MonkeyPatch, format: FormatName
) -> None:
    file = export(f"format={format}")
    card = card_of(file)
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", card, re.DOTALL))
    assert yaml.safe_load(blocks["yaml"]) == yaml.safe_load((averaged / ".hydra/config.yaml").read_text())
    (entry,) = yaml.safe_load((averaged / "reproduce.yaml").read_text())
    definition = load(averaged).definition
    metrics = json.loads((averaged / "test/metrics.json").read_text())
    (tested,) = [row for row in rows(averaged) if row["test/loss"]]
    told = [
        *definition.Input._fields, *definition.Prediction._fields, *definition.class_names(), entry["commit"],
        entry["time"],
        config_of()["dataset"]["_target_"], f"torch=={version('torch')}", f"{float(tested['test/loss']):.4f}",
        f"{metrics['samples']} samples",
        *(f"({low:.4f} to {high:.4f})" for low, high in metrics["intervals"].values()),
    ]  # fmt: skip
    assert [words for words in told if words not in card] == []
    assert not re.search(r"\{\w*\}|None\b.*\|$", card.partition("The config:")[0])
    monkeypatch.chdir(file.parent)
    found: dict[str, Any] = {}
    exec(blocks["python"], found)
    zeros = definition.Input(*(torch.zeros_like(field) for field in example(definition, 1).input))
    for field, right in load(averaged).predict(zeros)._asdict().items():
        said = found.get("prediction", found)
        value = said[field] if isinstance(said, dict) else getattr(said, field)
        assert same(torch.as_tensor(value), right)


def test_the_card_says_when_other_weights_were_tested(export: Export) -> None:
    for weights, sentence in (("ema", "with these weights"), ("raw", "which are not those of this file")):
        file = export("format=safetensors", f"weights={weights}")
        assert sentence in card_of(file)
        assert f", weights={weights}." in card_of(file)


def test_the_card_of_a_run_without_an_average_names_no_choice_of_weights(export: Export, averaged: Path) -> None:
    without = Path("without")
    shutil.copytree(averaged, without)
    for path in (without / "checkpoints").glob("*.ckpt"):
        content = torch.load(path, weights_only=True)
        del content["current_model_state"]
        torch.save(content, path)
    for weights in ("ema", "raw"):
        card = card_of(export(f"run={without}", "format=safetensors", f"weights={weights}"))
        assert "weights=" not in card.partition("The config:")[0]
        assert "with these weights" in card


def test_names_from_data_are_no_markup(export: Export, averaged: Path) -> None:
    path = averaged / "checkpoints" / "best.ckpt"
    content = torch.load(path, weights_only=True)
    names = ["<script>alert(1)</script>", "```\n# Title", "a|b"]
    arguments = content["pipeline"]["definition"]["arguments"]
    content["pipeline"]["definition"]["arguments"] = arguments | {
        "classes": [*names, *arguments["classes"][len(names) :]]
    }
    torch.save(content, path)
    card = card_of(export("format=safetensors"))
    fenced = re.findall(r"^(`{3,})\w*\n(.*?)\n\1$", card, re.DOTALL | re.MULTILINE)
    outside = re.sub(r"^(`{3,})\w*\n.*?\n\1$", "", card, flags=re.DOTALL | re.MULTILINE)
    assert any(names[0] in text and "1 ``` # Title" in text for _, text in fenced)
    assert "<script>" not in outside
    assert "\n# Title" not in card


def test_texts_of_data_are_escaped() -> None:
    assert literal("<b>[x](y)</b> *a* `c`\nd") == r"&lt;b&gt;\[x\](y)&lt;/b&gt; \*a\* \`c\` d"
    assert code("a`b``c") == "``` a`b``c ```"
    assert block("a\n````\nb").splitlines()[0] == "`````text"
    assert table([["a"], ["b|c\nd"], [literal("e|f")]]).splitlines()[2:] == [r"| b\|c d |", r"| e\|f |"]
