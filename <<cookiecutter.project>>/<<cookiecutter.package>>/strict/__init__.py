"""Configs are checked before Hydra makes a folder and before torch is imported. Nothing here imports torch."""
