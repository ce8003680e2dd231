"""WHERE samples come from: one small class a source.

A new dataset costs two files: `datasets/<name>.py` with `tokens` and a `get_<field>` for each field of its definition,
and `configs/dataset/<name>.yaml`.
"""
