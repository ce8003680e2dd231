"""Base class of losses."""
