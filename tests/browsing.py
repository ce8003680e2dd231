"""Pages in the Chromium of this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, sync_playwright

Scheme = Literal["light", "dark"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=f"none of {', '.join(BROWSERS)} is installed")


@contextmanager
def browser(
    address: str, scheme: Scheme = "light", width: int = 1300, scripts: bool = True
) -> Iterator[tuple[Page, list[str]]]:
    """A page at the address, and what it has fetched and complained of."""
    with sync_playwright() as playwright:
        # Without the sandbox, which needs rights that a container may not have: the page is our own.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        size: ViewportSize = {"width": width, "height": 900}
        page, seen = chromium.new_page(color_scheme=scheme, viewport=size, java_script_enabled=scripts), list[str]()
        page.on("request", lambda request: seen.append(request.url))
        page.on("console", lambda message: seen.append(message.text))
        page.on("pageerror", lambda error: seen.append(str(error)))
        page.goto(address)
        yield page, seen
        chromium.close()
