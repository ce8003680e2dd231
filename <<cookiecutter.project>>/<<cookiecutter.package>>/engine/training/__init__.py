"""The supervised module, its parts, and the trainer."""
