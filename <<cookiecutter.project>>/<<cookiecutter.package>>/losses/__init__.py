"""Loss functions: modules that return one value per sample.

A new loss needs two files: `losses/<name>.py` with a subclass of `Loss`, and `configs/loss/<name>.yaml`.
"""
