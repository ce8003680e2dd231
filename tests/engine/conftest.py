"""Fixtures of the engine's tests, which run in a project of the fixed name my_project (see tests/test_engine.py)."""

from project import train

__all__ = ["train"]
