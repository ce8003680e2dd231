"""Code in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

from project import ROOT

LEAN = "import torch\nfrom my_project.engine.core import startup\nstartup.import_lightning()\n"


def run(code: str, folder: Path = ROOT) -> list[str]:
    """Lines that a fresh interpreter prints."""
    command = [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()
