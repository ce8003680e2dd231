"""WHAT the network is told: modules that return one loss a sample.

A new loss costs two files: `losses/<name>.py` with a subclass of `Loss`, and `configs/loss/<name>.yaml`.
"""
