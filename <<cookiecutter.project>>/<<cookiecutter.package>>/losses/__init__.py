"""Losses: modules that return one loss per sample.

A new loss costs two files: `losses/<name>.py` with a subclass of `Loss`, and `configs/loss/<name>.yaml`.
"""
