"""Transformers: pre-processing, augmentation and post-processing of samples.

A new augmentation needs two files: `transformers/<name>.py` with a class that is called with a batch and a generator
(of images: an `ImageAugmentation` with a method `augment`), and `configs/transformer/augment/<name>.yaml`.
"""
