"""The pages that a project makes, opened in a browser."""

from pathlib import Path

import pytest
from browsing import browser, needs_chromium
from conftest import run_forked
from playwright.sync_api import Page

Environment = dict[str, str]


@pytest.fixture(scope="module")
def folder(projects: dict[str, Path], environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's logs: two runs with their pages, and a comparison of them."""
    project, place = projects["default"], tmp_path_factory.mktemp("pages")
    words = "train.py name=page trainer.max_epochs=2 data.limit_samples=200"
    run_forked([(project, f"{words} seed={seed}") for seed in (0, 1)], project, environment, place)
    run_forked([(project, "report.py runs=logs/page/* name=compared")], project, environment, place)
    return project / "logs"


def check(page: Page, address: str, seen: list[str]) -> list[str]:
    """The headings of a page whose pictures are all there, and which asks for nothing else and complains of nothing."""
    images = page.locator("img")
    sizes = [images.nth(place).evaluate("image => image.naturalWidth") for place in range(images.count())]
    assert sizes
    assert min(sizes) > 300
    assert {line for line in seen if line != address and not line.startswith("data:")} == set()
    return page.locator("h2").all_inner_texts()


@pytest.mark.exhaustive
@needs_chromium
def test_the_page_of_a_run_shows_all_of_it(folder: Path) -> None:
    address = max(folder.glob("page/*/report.html")).as_uri()
    with browser(address) as (page, seen):
        headings = check(page, address, seen)
        assert headings[:3] == ["Result", "Curves", "The test samples of the greatest loss"]
        assert headings[-2:] == ["Config", "Environment"]
        assert {"Confusion matrix", "Calibration", "Classes", "Validation samples, predictions after training"} <= set(
            headings
        )
        recall = page.locator("section", has=page.get_by_role("heading", name="Classes")).locator("table")
        recall.get_by_role("columnheader", name="recall").click()
        column = [float(text) for text in recall.locator("td:nth-child(3)").all_inner_texts()]
        assert column == sorted(column)
        recall.get_by_role("columnheader", name="recall").click()
        column = [float(text) for text in recall.locator("td:nth-child(3)").all_inner_texts()]
        assert column == sorted(column, reverse=True)
        config = page.locator("section", has=page.get_by_role("heading", name="Config"))
        assert not config.locator("pre").is_visible()
        config.locator("summary").click()
        assert "max_epochs: 2" in config.locator("pre").inner_text()


@pytest.mark.exhaustive
@needs_chromium
def test_runs_stand_side_by_side(folder: Path) -> None:
    address = next(folder.glob("compared/*/comparison.html")).as_uri()
    with browser(address) as (page, seen):
        headings = check(page, address, seen)
        assert headings[0].startswith("2 runs")
        assert "Mean and deviation over seeds" in headings
        rows = page.locator("table").first.locator("tbody tr")
        assert rows.count() == 2
        seeds = page.locator("table").first.get_by_role("columnheader", name="seed")
        seeds.click()
        first = rows.first.inner_text()
        seeds.click()
        assert rows.first.inner_text() != first
