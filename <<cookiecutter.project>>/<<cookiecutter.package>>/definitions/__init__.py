"""WHAT goes in and out: one file a problem."""
