"""The page of a run has the plots of its problem."""

import re

import pytest

from conftest import Run

CLASSES = (r"in \d+ groups of", "Precision over recall", "ROC")
NUMBERS = ("prediction over target", "error over prediction")
PLOTS = {  # descriptions of some
    "blank": (), "image_classification": CLASSES, "language_model": ("Bits a character in ",),
    "segmentation": ("Intersection over union: ", "Correct share"), "tabular": CLASSES, "tabular_numbers": NUMBERS,
    "text_classification": CLASSES, "text_line": ("Edits: .* → ",),
}  # fmt: skip


@pytest.mark.slow
def test_the_page_has_the_plots_of_its_problem(problem: str, trained_with: Run) -> None:
    page = (trained_with(problem) / "report.html").read_text()
    drawn = re.findall(r'<figure class="plot" role="img" aria-label="([^"]+)"><div aria-hidden="true"><svg', page)
    assert drawn[0].startswith("loss over epochs")
    for words in PLOTS[problem]:
        assert any(re.search(words, description) for description in drawn), (words, drawn)
