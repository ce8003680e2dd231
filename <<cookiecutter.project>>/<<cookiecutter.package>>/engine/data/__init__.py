"""The data module: splits, cache, batches."""
