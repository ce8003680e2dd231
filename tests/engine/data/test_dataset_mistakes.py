"""A dataset that breaks its promise is told in one sentence, or its samples are left out."""

from typing import Any

import pytest
import torch
from project import identity

from data_modules import DefaultDataset, served
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.datasets.dataset import Samples, definition_of
from my_project.engine.definitions.check import check_batch
from my_project.engine.definitions.definition import Sample


def dropping(sample: Sample, mode: str) -> Sample | None:
    return None if sample.id % 5 == 0 and mode == "train" else sample


@pytest.mark.parametrize("workers", [0, 2])
def test_what_a_transformer_drops_is_counted_and_named(workers: int, caplog: pytest.LogCaptureFixture) -> None:
    data = DataModule(DefaultDataset(), dropping, limit_samples=100, num_workers=workers)
    data.setup("fit")
    assert all(index % 5 for index in data.splits["train"].id.tolist())
    assert any(index % 5 == 0 for index in data.splits["test"].id.tolist())
    lost = [message for message in caplog.messages if "a transformer dropped it" in message]
    (count,) = [message for message in caplog.messages if "were left out" in message]
    assert f"train: {len(lost)} of {len(data.splits['train'].id) + len(lost)} samples were left out" in count
    assert "sample 0 (" in lost[0]


class Torn(DefaultDataset):
    """Some samples cannot be read."""

    def __init__(self, every: int = 7) -> None:
        super().__init__()
        self.every = every

    def samples(self, tokens: Any, definition: Any = None) -> Any:
        every = self.every

        class Broken(Samples):
            def __getitem__(self, index: int) -> Sample:
                if index % every == 0:
                    raise OSError("the file is torn")
                return super().__getitem__(index)

        return Broken(self, tokens, self.definition())


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_unreadable_samples_can_be_skipped(workers: int, caplog: pytest.LogCaptureFixture) -> None:
    data = DataModule(Torn(), identity, on_error="skip", num_workers=workers, limit_samples=60)
    data.setup("fit")
    assert all(index % 7 for batch in data.splits.values() for index in batch.id.tolist())
    assert any("sample 0 (" in message and "OSError: the file is torn" in message for message in caplog.messages)
    whole = served(limit_samples=60)
    kept = [index for index in whole.splits["train"].id.tolist() if index % 7]
    assert data.splits["train"].id.tolist() == kept
    with pytest.raises(InputError, match=r"sample 0 \(.*cannot be prepared \(OSError: the file is torn\)"):
        DataModule(Torn(), identity, num_workers=workers).setup("fit")


MISSING = FileNotFoundError(2, "none", "x.csv")


def served_of(dataset: Any) -> None:
    DataModule(dataset, identity, definition=definition_of(dataset)).setup("fit")


class Mistaken(DefaultDataset):
    """A dataset whose methods return what they are told, or raise it."""

    def __init__(self, method: str, value: Any) -> None:
        super().__init__()

        def instead(*arguments: Any) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        setattr(self, method, instead)


@pytest.mark.parametrize(
    ("method", "value", "sentence"),
    [
        ("definition", None, r"Mistaken.definition\(\) returns None \(is `return` missing\?\), expected a Definition"),
        ("definition", MISSING, r"definition\(\) fails \(FileNotFoundError: .*'x.csv'\)"),
        ("tokens", None, r"Mistaken.tokens\('train'\) returns None .*, expected a sequence: return \[\] if"),
        (
            "tokens",
            KeyError("val"),
            r"tokens\('train'\) fails \(KeyError: 'val'\); return \[\] if the source",
        ),
        (
            "get_label",
            MISSING,
            r"Mistaken.get_label fails \(FileNotFoundError: .*'x.csv'\)",
        ),
        (
            "get_image",
            RuntimeError("x" * 90),
            r"sample 0 \(0\) of Mistaken train cannot be prepared \(Runtime",
        ),
    ],
)
def test_a_mistake_in_a_dataset_is_one_sentence(method: str, value: Any, sentence: str) -> None:
    dataset = Mistaken(method, value)
    with pytest.raises(InputError, match=sentence) as caught:
        served_of(dataset)
    assert "\n" not in str(caught.value)


def test_when_no_sample_can_be_read_the_first_is_named() -> None:
    with pytest.raises(InputError, match=r"all \d+ samples were left out; sample .*the file is torn"):
        DataModule(Torn(every=1), identity, on_error="skip").setup("fit")


def test_a_missing_getter_is_named_and_an_unused_one_is_not_called() -> None:
    field = DefaultDataset().definition().Input._fields[0]

    class Incomplete(DefaultDataset):
        pass

    def unused(self: Any, token: Any) -> None:
        raise AssertionError("nobody needs this")

    setattr(Incomplete, f"get_{field}", None)
    with pytest.raises(InputError, match=f"Incomplete has no get_{field}"):
        DataModule(Incomplete(), identity).setup("fit")

    class Chatty(DefaultDataset):
        get_something_else = unused

    DataModule(Chatty(), identity).setup("fit")


def test_a_batch_that_breaks_the_definition_is_refused_by_field() -> None:
    data = served(limit_samples=8)
    definition, batch = data.definition, data.splits["train"]
    for part in ("input", "target"):
        tuple_ = getattr(batch, part)
        for field, tensor in tuple_._asdict().items():
            wrong = {"shape": tensor.unsqueeze(-1), "dtype": tensor.to(torch.float16)}
            for broken in wrong.values():
                faulty = batch._replace(**{part: tuple_._replace(**{field: broken})})
                with pytest.raises(InputError, match=f"field '{field}' of {type(tuple_).__name__} is "):
                    check_batch(definition, faulty, "The test")


def test_samples_of_different_shapes_are_named() -> None:
    def uneven(sample: Sample, mode: str) -> Sample:
        field, value = sample.input._fields[0], sample.input[0]
        value = torch.cat([value, value], dim=-1) if sample.id == 3 else value
        return sample._replace(input=sample.input._replace(**{field: value}))

    with pytest.raises(InputError, match="in sample 3"):
        DataModule(DefaultDataset(), uneven, limit_samples=400).setup("fit")


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda label: torch.tensor(label, dtype=torch.uint8), r"torch.uint8, .*: return int\(…\) from get_label, or"),
        (lambda label: label + 1, r"has values from .*: look at get_label of sample \d+, classes count from 0\."),
    ],
)
def test_a_wrong_label_names_its_getter_and_the_remedy(change: Any, advice: str) -> None:
    class Changed(DefaultDataset):
        def get_label(self, token: Any) -> Any:
            return change(super().get_label(token))

    with pytest.raises(InputError, match=advice):
        DataModule(Changed(), identity).setup("fit")
