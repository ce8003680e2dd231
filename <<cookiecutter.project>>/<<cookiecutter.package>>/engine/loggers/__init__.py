"""Loggers, and the runs that trackers keep."""
