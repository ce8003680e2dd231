"""Predictions of trained pipelines: evaluation, files, export."""
