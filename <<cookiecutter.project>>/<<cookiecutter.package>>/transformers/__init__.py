"""HOW samples are pre-processed, augmented and post-processed.

A new augmentation costs two files: `transformers/<name>.py` with a class that is called with a batch and a generator,
and `configs/transformer/augment/<name>.yaml`.
"""
