"""Sources of samples: one small class per source.

A new dataset needs two files: `datasets/<name>.py` with `tokens` and a `get_<field>` for each field of its definition,
and `configs/dataset/<name>.yaml`.
"""
