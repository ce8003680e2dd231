"""A run is exported to the Hub and answers from there, as from its folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from PIL import Image
from project import Train, run_script

from hub_server import hub


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, bytes]]:
    """Files of the repository hf://somebody/digits of a Hub on this machine."""
    with hub() as (address, files):
        for name, value in {"HF_ENDPOINT": address, "HF_TOKEN": "hf_of_a_test"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        yield files


def test_an_export_is_read_from_the_hub(
    trained_with: Train, repository: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run, address = Path(shutil.copytree(trained_with(), tmp_path / "run")), "hf://somebody/digits"
    run_script("export", f"run={run}", "format=safetensors", f"to={address}")
    assert set(repository) == {"model.safetensors", "README.md"}
    assert b"## How to load it" in repository["README.md"]

    Image.new("L", (8, 8), 200).save("one.png")
    tables: list[pl.DataFrame] = []
    for source in (run, f"{address}@main"):
        run_script("predict", f"run={source}", "inputs=one.png", f"output=out{len(tables)}.csv")
        tables.append(pl.read_csv(f"out{len(tables)}.csv"))
    assert tables[0].equals(tables[1])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("predict", "run=hf://nobody/nothing", "inputs=."), r"hf://nobody/nothing has no model\.safetensors \("),
        (
            ("predict", "run=hf://digits", "inputs=."),
            "hf://digits is no repository of the Hub: expected hf://user/name",
        ),
        (("export", "to=hf://somebody/digits"), r"to=hf://somebody/digits takes format=safetensors"),
        (("export", "to=somebody"), "somebody is no repository of the Hub"),
    ],
)
@pytest.mark.usefixtures("repository")
def test_what_the_hub_does_not_have_is_one_sentence(
    words: tuple[str, ...], sentence: str, trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        run_script(*words, *([f"run={trained_with()}"] if words[0] == "export" else []))
    assert "\n" not in str(stopped.value)
