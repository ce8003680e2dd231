"""The pages that a project makes, opened in a browser."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Scheme, browser, needs_chromium
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
    """The headings of a page whose pictures and plots are all there, and which asks for nothing else and complains of
    nothing."""
    images = page.locator("section > img")
    sizes = [images.nth(place).evaluate("image => image.naturalWidth") for place in range(images.count())]
    assert min(sizes, default=301) > 300
    plots = page.locator(".plot svg")
    assert plots.count() == page.locator(".plot").count() > 0
    assert {line for line in seen if line != address and not line.startswith("data:")} == set()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return page.locator("h2").all_inner_texts()


@pytest.mark.exhaustive
@needs_chromium
def test_the_page_of_a_run_shows_all_of_it(folder: Path) -> None:
    address = max(folder.glob("page/*/report.html")).as_uri()
    with browser(address) as (page, seen):
        headings = check(page, address, seen)
        assert headings[:4] == ["Result", "Curves", "Confusion matrix", "Worst samples"]
        assert headings[-2:] == ["Config", "Environment"]
        assert {"Calibration", "Classes", "Validation samples, predictions after training"} <= set(headings)
        assert page.locator("nav a").all_inner_texts() == headings
        cards = page.locator(".gallery li")
        everything = cards.count()
        wrong = page.locator(".matrix a").filter(has_text="1").first
        wrong.click()
        target, predicted = (wrong.get_attribute(f"data-{name}") for name in ("target", "prediction"))
        visible = page.locator(f'.gallery li[data-target="{target}"][data-prediction="{predicted}"]')
        assert 0 < visible.count() == page.locator(".gallery li:visible").count() < everything
        page.locator("select").select_option(target)
        assert {card.get_attribute("data-target") for card in page.locator(".gallery li:visible").all()} == {target}
        recall = page.locator("section", has=page.get_by_role("heading", name="Classes")).locator("table")
        recall.get_by_role("button", name="recall").click()
        column = [float(text) for text in recall.locator("td:nth-child(3)").all_inner_texts()]
        assert column == sorted(column)
        recall.get_by_role("button", name="recall").click()
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
        assert headings[0] == "Runs by their validation score"
        assert "Mean and deviation over seeds" in headings
        rows = page.locator("table").first.locator("tbody tr")
        assert rows.count() == 2
        seeds = page.locator("table").first.get_by_role("button", name="seed")
        seeds.click()
        first = rows.first.inner_text()
        seeds.click()
        assert rows.first.inner_text() != first


@pytest.mark.exhaustive
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 400])
def test_pages_are_readable_in_light_and_dark_and_on_a_phone(folder: Path, scheme: Scheme, width: int) -> None:
    for address in (max(folder.glob("page/*/report.html")), next(folder.glob("compared/*/comparison.html"))):
        with browser(address.as_uri(), scheme, width) as (page, seen):
            check(page, address.as_uri(), seen)
            faults = [fault for fault in Axe().run(page).response["violations"] if fault["impact"] != "minor"]
            assert not faults, [(fault["id"], fault["nodes"][0]["html"]) for fault in faults]


@pytest.mark.exhaustive
@needs_chromium
def test_a_page_can_be_read_without_scripts(folder: Path) -> None:
    address = max(folder.glob("page/*/report.html")).as_uri()
    with browser(address, scripts=False) as (page, _):
        assert page.locator(".plot svg").first.is_visible()
        assert page.locator(".gallery li").first.is_visible()
        assert page.locator("table").first.is_visible()
