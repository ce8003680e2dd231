"""Fixtures of all tests."""

from project import train

__all__ = ["train"]
