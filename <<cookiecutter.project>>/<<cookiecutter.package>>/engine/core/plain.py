"""Types of plain data: JSON types and tuples.

Their values are `Any`, since a recursive type would need a check at every access.
"""

from collections.abc import Mapping
from typing import Any

PlainData = dict[str, Any]
"""State, metadata or records by name."""

Config = Mapping[str, Any]
"""Resolved config, or a part of it."""

Schema = Mapping[str, Any]
"""JSON schema of a value."""
