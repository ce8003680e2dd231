"""Texts in pictures: the words of a raw sample, the numbers of its tokens once they are hashed."""

from my_project.definitions.text_classification import TextClassification
from my_project.engine.definitions.definition import Sample
from my_project.transformers.tokenize_texts import TokenizeTexts


def test_a_raw_text_is_drawn_with_its_words_and_a_prepared_one_with_its_numbers() -> None:
    definition = TextClassification(("a", "b"), ("question", "passage"), vocabulary=100)
    presentation = definition.presentation()
    raw = presentation.load_input(["What is red?", "Roses are red."])
    assert presentation.input_text(raw) == "What is red?\nRoses are red."
    prepared = TokenizeTexts(definition)(Sample(0, 1.0, raw, None)).input
    drawn = presentation.input_text(prepared)
    assert [int(number) for number in drawn.split()] == prepared.tokens.tolist()
