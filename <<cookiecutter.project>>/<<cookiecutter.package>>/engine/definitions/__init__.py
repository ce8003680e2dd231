"""Base class of definitions, fields that differ in length, and the check of a batch."""
