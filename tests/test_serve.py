"""The server of a project, visited by a browser."""

import base64
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import browser, needs_chromium
from conftest import bake_into, run
from playwright.sync_api import Page, expect

Environment = dict[str, str]
WRITE_DIGITS = """
import sys
sys.path.insert(0, ".")
from PIL import Image
from my_project.datasets.digits import Digits
digits = Digits()
for name in ("3", "7"):
    token = next(t for t in digits.tokens("test") if digits.get_label(t) == int(name))
    Image.fromarray(digits.get_image(token)[0].numpy()).save(f"digit_{name}.png")
"""
DROP = """files => {
    const held = new DataTransfer();
    for (const [name, data] of files) {
        held.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], name));
    }
    return held;
}"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Path:
    """A project with the server, a trained run in logs/served/, and two digits."""
    made = bake_into(tmp_path_factory.mktemp("serve"), serve=True)
    run("uv run python train.py name=served logger=csv report=false", made, environment)
    code = made.parent / "write_digits.py"
    code.write_text(WRITE_DIGITS)
    run(f"uv run python {code}", made, environment)
    return made


@contextmanager
def served(project: Path, environment: Environment) -> Iterator[str]:
    """The address of a server, which Ctrl-C ends without a word too many."""
    (folder,) = (project / "logs" / "served").iterdir()
    command = [str(Path(environment["UV_PROJECT_ENVIRONMENT"]) / "bin" / "python"), "serve.py"]
    command += [f"run={folder.relative_to(project)}", "port=0", "device=cpu", "top=10"]
    output = project.parent / "served.txt"
    with output.open("w") as file:
        server = subprocess.Popen(command, cwd=project, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 120
        while not (found := re.search(r"Serving (http://\S+) with", output.read_text())):
            assert server.poll() is None, output.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield found[1]
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
    finally:
        server.kill()
    assert re.fullmatch(r"\[.*Serving .* with 2.*\n\[.* Server stopped\.\n", output.read_text())


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """As if a person dropped files onto the page."""
    held = page.evaluate_handle(DROP, [[name, base64.b64encode(content).decode()] for name, content in files])
    page.dispatch_event("body", "drop", {"dataTransfer": held})


@pytest.mark.exhaustive
@needs_chromium
def test_digits_are_dropped_and_their_classes_read(project: Path, environment: Environment) -> None:
    three, seven = ((project / f"digit_{name}.png").read_bytes() for name in "37")
    with served(project, environment) as address, browser(address) as (page, seen):
        expect(page.locator("#about")).to_contain_text("ImageClassification, answered by 2")
        expect(page.locator("#about")).to_contain_text("Classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.")
        drop(page, ("a three.png", three), ("<b>broken</b>.png", b"no picture"), ("a seven.png", seven))
        cards = page.locator("article")
        for place, (name, label) in {0: ("a three.png", "3"), 2: ("a seven.png", "7")}.items():
            card = cards.nth(place)
            expect(card.locator("h2")).to_have_text(name)
            expect(card.locator("dt.best")).to_have_text(label)
            assert float(card.locator("dd.best").inner_text().removesuffix(" %")) > 50
            shares = [float(text.removesuffix(" %")) for text in card.locator("dd:nth-child(3n)").all_inner_texts()]
            assert shares == sorted(shares, reverse=True)
            assert sum(shares) == pytest.approx(100, abs=1)
            assert card.locator("img").evaluate("image => [image.complete, image.naturalWidth]") == [True, 8]
        expect(cards.nth(1).locator(".error")).to_contain_text("<b>broken</b>.png cannot be read as an image")
        drop(page, ("later.png", seven))
        expect(cards.first.locator("dt.best")).to_have_text("7")
        expect(cards).to_have_count(4)
        page.set_input_files("input", str(project / "digit_3.png"))
        expect(cards.first.locator("h2")).to_have_text("digit_3.png")
        expect(cards.first.locator("dt.best")).to_have_text("3")
        page.click("#code summary")
        code = [page.locator(name).inner_text() for name in ("#curl", "#python")]
        for command in (code[0].replace("curl", "curl --silent"), f"uv run python -c {shlex.quote(code[1])}"):
            assert re.search(r"""['"]prediction['"]: ?['"]3['"]""", run(command, project, environment))
        assert {url for url in seen if not url.startswith((address, "data:image/png;base64,"))} == set()
