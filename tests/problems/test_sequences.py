"""Decoding, edit distances and continuations, compared with their definitions in plain Python."""

from itertools import groupby

import pytest
import torch
from project import config_of

from my_project.engine.definitions.ctc import greedy
from my_project.engine.definitions.edit_distance import edit_distance
from my_project.engine.definitions.example import example
from my_project.engine.definitions.sequences import TextOutput
from my_project.engine.definitions.tokens import TokenInput
from my_project.engine.testing import data_and_pipeline


def plain_distance(first: list[int], second: list[int]) -> int:
    row = list(range(len(second) + 1))
    for index, left in enumerate(first, 1):
        before, row = row, [index]
        for column, right in enumerate(second, 1):
            row.append(min(before[column] + 1, row[-1] + 1, before[column - 1] + (left != right)))
    return row[-1]


def test_edit_distances_are_those_of_the_table() -> None:
    draws = torch.Generator().manual_seed(0)
    first, second = (torch.randint(1, 4, (200, count), generator=draws) for count in (9, 7))
    lengths = [torch.randint(0, count + 1, (200,), generator=draws) for count in (9, 7)]
    found = edit_distance(first, lengths[0], second, lengths[1])
    for index in range(200):
        one, other = (
            field[index, : length[index]].tolist() for field, length in zip((first, second), lengths, strict=True)
        )
        assert found[index] == plain_distance(one, other)


def test_greedy_decoding_drops_repetitions_and_blanks() -> None:
    logits = torch.randn(50, 12, 4, generator=torch.Generator().manual_seed(0))
    length = torch.randint(0, 13, (50,), generator=torch.Generator().manual_seed(1))
    found = greedy(TextOutput(logits, length))
    for index in range(50):
        best = logits[index].argmax(1)[: length[index]].tolist()
        expected = [symbol for symbol, _ in groupby(best) if symbol]
        assert found.symbols[index, : found.length[index]].tolist() == expected
        assert not found.symbols[index, found.length[index] :].any()


def test_the_same_seed_continues_a_text_equally_in_any_batch() -> None:
    words = ("problem=language_model", "transformer.postprocess.length=20", "network.layers=1", "network.width=32")
    _, pipeline = data_and_pipeline(config_of(*words))
    texts = example(pipeline.definition, 3).input
    together = pipeline.generate(texts)
    assert together.next.shape == (3, 20)
    for index in range(3):
        end = int(texts.length[index])
        alone = TokenInput(texts.tokens[index : index + 1, :end], texts.length[index : index + 1])
        assert pipeline.generate(alone).next[0].equal(together.next[index])
    pipeline.change_postprocess({"seed": 1})
    assert not pipeline.generate(texts).next.equal(together.next)


def test_a_temperature_of_zero_takes_the_most_probable_token() -> None:
    words = ("problem=language_model", "transformer.postprocess.length=3", "network.layers=1", "network.width=32")
    _, pipeline = data_and_pipeline(config_of(*words, "transformer.postprocess.temperature=0"))
    text = TokenInput(torch.tensor([[5, 6, 7]]), torch.tensor([3]))
    first = pipeline.predict(text).next[0, -1]
    assert pipeline.generate(text).next[0, 0] == first


def test_post_processing_refuses_other_arguments() -> None:
    _, pipeline = data_and_pipeline(config_of("problem=language_model"))
    with pytest.raises(Exception, match="warmth"):
        pipeline.change_postprocess({"warmth": 1})
