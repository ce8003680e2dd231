"""Folders of the project, its configs and their schemas."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "configs"
SCHEMAS = ROOT / "schemas"
