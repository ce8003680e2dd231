"""Inputs from the columns of a table, by the names that the presentation gives them."""

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from jaxtyping import Float32
from torch import Tensor

from my_project.engine.core.errors import InputError
from my_project.engine.definitions.definition import Definition, Metrics
from my_project.engine.definitions.presentation import Presentation
from my_project.engine.inference.inputs import Extensions, inputs_of


class Numbers(NamedTuple):
    x: Float32[Tensor, "batch features"]


@dataclass(frozen=True)
class Measured(Definition[Numbers, Numbers, Numbers, Numbers]):
    def sizes(self) -> dict[str, int]:
        return {"features": 2}

    def metrics(self) -> Metrics:
        raise NotImplementedError

    def metric_inputs(self, output: Numbers, target: Numbers) -> tuple[Tensor, Tensor]:
        raise NotImplementedError


class NamedColumns(Presentation[Numbers, Numbers, Numbers, Numbers]):
    def column_names(self, field: str, count: int) -> Sequence[str]:
        return ["width", "height"]


def test_columns_of_inputs_have_the_names_of_the_presentation() -> None:
    default, named = Presentation(Measured()), NamedColumns(Measured())
    expected = [1.5, 2.0]
    assert default.load_input({"x_0": "1.5", "x_1": "2"}).x.tolist() == expected
    assert named.load_input({"height": "2", "name": "a", "width": "1.5"}).x.tolist() == expected
    assert all(presentation.load_input(expected).x.tolist() == expected for presentation in (default, named))
    with pytest.raises(InputError, match=r"Column x_0 is missing .*override Presentation\.column_names"):
        default.load_input({"width": "1.5", "height": "2"})
    with pytest.raises(InputError, match="An input has 3 numbers, expected 2"):
        named.load_input([1.0, 2.0, 3.0])


def test_rows_of_every_csv_file_of_a_folder_are_inputs(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.csv").write_text("x_0,x_1\n1,2\n3,4\n")
    with tarfile.open(tmp_path / "all.tgz", "w:gz") as archive:
        archive.add(tmp_path / "a.csv", "a.csv")
    for word, files in ((str(tmp_path), ["a", "b"]), (f"{tmp_path}/*.csv", ["a", "b"]), (f"{tmp_path}/all.tgz", ["a"])):
        with inputs_of(word, Extensions((), (".csv",))) as inputs:
            rows = [f"{name}.csv:{row}" for name in files for row in (1, 2)]
            assert [Path(item.name).name for item in inputs] == rows
            assert {tuple(item.record) for item in inputs} == {("x_0", "x_1")}


def test_a_csv_file_with_a_column_of_files_lists_them(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("file\none.npy\ntwo.npy\n")
    with inputs_of(str(tmp_path / "list.csv"), Extensions((".npy",), (".csv",))) as inputs:
        assert [item.record for item in inputs] == [str(tmp_path / name) for name in ("one.npy", "two.npy")]


def test_a_missing_column_is_said_in_a_short_sentence() -> None:
    record = {f"wave_{number}": "1" for number in range(800)}
    with pytest.raises(InputError, match="Column x_0 is missing or empty; the columns are wave_0, wave_1") as refused:
        Presentation(Measured()).load_input(record)
    assert len(str(refused.value)) < 250
