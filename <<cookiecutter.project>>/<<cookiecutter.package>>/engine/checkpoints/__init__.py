"""Self-contained checkpoints and run folders."""
