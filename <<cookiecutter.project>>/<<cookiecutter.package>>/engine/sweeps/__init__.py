"""Sweeps: many jobs in one folder, which is their only memory."""
