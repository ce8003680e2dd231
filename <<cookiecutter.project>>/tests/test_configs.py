"""Every config can be selected, and has a description."""

import pytest
from project import ROOT, choices_of, options

from <<cookiecutter.package>>.engine.cli import choices, command_line

GROUPS = {str(path.parent.relative_to(ROOT / "configs")) for path in (ROOT / "configs").rglob("*.yaml")} - {"."}
CHOICES = [f"{group}={option}" for group in sorted(GROUPS) for option in options(group)]
PAIRED = ("dataset", "transformer", "transformer/augment", "network", "loss")  # their configs belong to a problem
PROBLEM = {words[1]: words[0] for group in PAIRED for words in choices_of(group).values()}


@pytest.mark.parametrize("choice", CHOICES)
def test_every_config_composes_and_passes_its_schema(choice: str) -> None:
    words = ["-m", choice] if choice.startswith("launcher=") else [choice]
    if choice.partition("=")[0] in PAIRED:
        assert choice in PROBLEM, f"{choice} fits no problem in configs/problem"
        words.insert(0, PROBLEM[choice])
    assert command_line.prepare(words) == words


@pytest.mark.parametrize("choice", CHOICES)
def test_every_config_has_a_description(choice: str) -> None:
    group, option = choice.split("=")
    first, second = ((ROOT / "configs" / group / f"{option}.yaml").read_text() + "\n").splitlines()[:2]
    if group in ("problem", "experiment", "debug"):
        assert first == "# @package _global_", "Hydra reads it from the first line only"
        first = second
        assert first.startswith("# python train.py ")
    selection, _, description = first.removeprefix("# ").removeprefix("python train.py ").partition(": ")
    assert selection.split()[0] in (choice, f"{group}=[default,{option}]"), f"expected `# {choice}: …` as first line"
    assert description
    if selection != choice:  # which has just been composed
        assert command_line.prepare(selection.split()) == selection.split()


def test_tables_of_choices_are_up_to_date() -> None:
    page = choices.PAGE.read_text(encoding="utf-8")
    written = page.partition(choices.START)[2].partition(choices.END)[0]
    stale = set(written.splitlines()) - set(choices.tables().splitlines())
    assert not stale, f"run python -m {choices.__name__}"
