"""Edit distance of batches of sequences."""

import torch
from torch import Tensor


def edit_distance(first: Tensor, first_length: Tensor, second: Tensor, second_length: Tensor) -> Tensor:
    """Fewest insertions, deletions and replacements that change each sequence of `first` into that of `second`.

    `first` (batch, n) and `second` (batch, m) are padded, their lengths (batch). Returns (batch) int64. One row of the
    table of distances is computed at a time, for all samples on their device.

    Source: Wagner and Fischer, The string-to-string correction problem, 1974.
    """
    columns = torch.arange(second.shape[1] + 1, device=second.device)
    row = columns.expand(len(second), -1)
    distance = second_length.clone()
    for index in range(int(first_length.max()) if len(first_length) else 0):
        replaced = row[:, :-1] + (first[:, index : index + 1] != second)
        best = torch.cat([torch.full_like(row[:, :1], index + 1), torch.minimum(replaced, row[:, 1:] + 1)], 1)
        row = (best - columns).cummin(1).values + columns  # insertions: the best of any column before, and one for each
        ended = first_length == index + 1
        distance = torch.where(ended, row.gather(1, second_length.unsqueeze(1))[:, 0], distance)
    return distance
