"""What every floor uses: errors, atomic files, seeds, ranges, progress, paths, code."""
