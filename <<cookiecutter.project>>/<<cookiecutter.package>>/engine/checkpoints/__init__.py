"""Self-contained checkpoints, and the folders of runs."""
