"""Base class of datasets, archives and label tables."""
