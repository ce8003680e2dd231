"""Loggers, and the run ids of trackers."""
