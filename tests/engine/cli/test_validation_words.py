"""Validation sets on the command line and in experiments."""

import pytest
from test_experiments import experiment

from my_project.engine.cli.command_line import help_of, prepare
from my_project.engine.core.errors import InputError

FONTS = "+dataset@validation.fonts=image_folder"


@pytest.mark.parametrize(
    "words",
    [
        [FONTS],
        [FONTS, "+dataset@validation.more=digits", "monitor.metric=val/more/acc"],
        [FONTS, "validation.fonts.root=elsewhere"],
        ["-m", "+dataset@validation.fonts=image_folder,digits"],
        ["+validation.fonts._target_=my_project.datasets.digits.Digits"],
    ],
)
def test_sets_are_added(words: list[str]) -> None:
    assert prepare(words) == words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["dataset@validation.fonts=digits"], r"To append .* use \+dataset@validation\.fonts=digits\."),
        (["+dataset@validation.fonts=digts"], r"there is no configs/dataset/digts\.yaml, did you mean digits\?"),
        (["+dataset@validaton.fonts=digits"], r"validaton: there is no such key, did you mean validation\?"),
        (["+dataset@validation=digits"], r"under a name, like `\+dataset@validation\.<name>=<dataset>`\."),
        (["validation.fonts=digits"], r"'digits': expected `\+dataset@validation\.<name>=<dataset>`\."),
        ([FONTS, "validation.fonts.rot=3"], r"validation\.fonts\.rot: .* no argument 'rot', did you mean root\?"),
        ([FONTS, "monitor.metric=val/fnts/acc"], r"there is no validation set 'fnts', expected one of \(fonts\)\."),
        (["monitor.metric=val/fonts/acc"], r"set 'fonts', add \+dataset@validation\.fonts=<dataset>\."),
        (["+network@validation.fonts=mlp"], r"validation\.fonts\.definition is missing"),
    ],
)
def test_a_mistake_is_one_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        prepare(words)


def test_help_has_the_keys_of_a_set_with_their_comments() -> None:
    (line,) = [line for line in help_of([FONTS]).splitlines() if line.startswith("  validation.fonts.channels")]
    assert line.endswith("# 1: gray, 3: RGB")


def test_an_experiment_adds_a_set() -> None:
    head = "# @package _global_\ndefaults:\n  - {}\nmonitor:\n  metric: val/fonts/acc\n"
    with experiment(head.format("/dataset@validation.fonts: digits")) as choice:
        assert prepare([choice])
    with (
        experiment(head.format("dataset@validation.fonts: digits")) as choice,
        pytest.raises(InputError, match=r"must be `/dataset@validation\.fonts: digits`, for a group of configs/"),
    ):
        prepare([choice])
    with (
        experiment(head.format("/dataset@validation.fonts: digts")) as choice,
        pytest.raises(InputError, match=r"\.yaml: dataset=digts: there is no .*, did you mean digits\?"),
    ):
        prepare([choice])
