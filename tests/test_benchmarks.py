"""The benchmarks run, in their short form: how long they take says nothing here."""

import json

import pytest
from conftest import ROOT, bake_into, run_forked

NAMES = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.stem != "measure")


@pytest.fixture(scope="module")
def said(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each printed, in the order of their names."""
    project = bake_into(tmp_path_factory.mktemp("served"), serve=True)
    variables = environment | {"SHORT": "1", "PYTHONPATH": f"{project}:{ROOT / 'benchmarks'}"}
    jobs = [(project, str(ROOT / "benchmarks" / f"{name}.py")) for name in NAMES]
    return list(run_forked(jobs, project, variables, tmp_path_factory.mktemp("benchmarks")).values())


@pytest.mark.exhaustive
def test_every_benchmark_prints_its_table_and_writes_its_figures(said: list[str]) -> None:
    for name, text in zip(NAMES, said, strict=True):
        lines = [line for line in text.splitlines() if line.startswith("| ")]
        written = json.loads((ROOT / "build" / "bench" / "short" / f"{name}.json").read_text())
        assert len(lines) > 1, text
        assert len({line.count("|") for line in lines}) == 1
        assert written["seconds"]


def test_the_page_has_the_table_of_each() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    for name in NAMES:
        table = page.partition(f"<!-- {name} -->\n")[2].partition("<!-- end -->")[0]
        assert table.count("\n| ") >= 2, f"run make bench WRITE=1: docs/benchmarks.md has no figures of {name}"


def test_make_runs_each() -> None:
    assert f"BENCHMARKS := {' '.join(NAMES)}".split() == sorted_words((ROOT / "Makefile").read_text())


def sorted_words(makefile: str) -> list[str]:
    head, equals, *names = next(line for line in makefile.splitlines() if line.startswith("BENCHMARKS")).split()
    return [head, equals, *sorted(names)]
