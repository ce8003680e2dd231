"""Base class of image augmentations, and augmentations composed of others."""
