"""Basics for all floors: errors, atomic files, seeds, ranges, progress, paths, code."""
